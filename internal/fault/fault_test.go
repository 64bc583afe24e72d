package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/fault"
)

// kinds lists every kind with what the edges derive from it. The order and the
// names are a contract: they cross the wire.
var kinds = []struct {
	kind      fault.Kind
	name      string
	code      fault.Code
	retryable bool
}{
	{fault.None, "None", 0, false},
	{fault.Invalid, "Invalid", 1000, false},
	{fault.Dependency, "Dependency", 1001, false},
	{fault.NotFound, "NotFound", 3001, false},
	{fault.Exists, "Exists", 3002, false},
	{fault.Denied, "Denied", 3003, false},
	{fault.Conflict, "Conflict", 9999, false},
	{fault.Limited, "Limited", 9999, true},
	{fault.BadInput, "BadInput", 4000, false},
	{fault.Unsupported, "Unsupported", 4006, false},
	{fault.Unavailable, "Unavailable", 3000, true},
	{fault.Canceled, "Canceled", 0, false},
	{fault.Internal, "Internal", 9999, true},
}

func TestKinds(t *testing.T) {
	for i, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			if int(k.kind) != i {
				t.Errorf("number %d, want %d: kinds are append-only", int(k.kind), i)
			}
			if got := k.kind.String(); got != k.name {
				t.Errorf("String() = %q, want %q", got, k.name)
			}
			if got := fault.ParseKind(k.name); got != k.kind {
				t.Errorf("ParseKind(%q) = %v", k.name, got)
			}
			if got := k.kind.Retryable(); got != k.retryable {
				t.Errorf("Retryable() = %v, want %v", got, k.retryable)
			}
			if got := fault.CodeOf(fault.New("op", k.kind, 0, "text")); got != k.code {
				t.Errorf("default code %d, want %d", got, k.code)
			}
		})
	}
}

func TestUnknownKindIsInternal(t *testing.T) {
	for _, k := range []fault.Kind{-1, fault.Internal + 1} {
		if k.String() != "Internal" || fault.CodeOf(fault.New("op", k, 0, "")) != fault.InternalError {
			t.Errorf("kind %d: %v, code %d", int(k), k, fault.CodeOf(fault.New("op", k, 0, "")))
		}
	}
	for _, name := range []string{"", "internal", "Timeout"} {
		if got := fault.ParseKind(name); got != fault.Internal {
			t.Errorf("ParseKind(%q) = %v, want Internal", name, got)
		}
	}
}

func TestChain(t *testing.T) {
	exists := fault.New("storage.Put", fault.Exists, 0, "taken")
	tests := []struct {
		name string
		err  error
		kind fault.Kind
		code fault.Code
		text string
	}{
		{"nil", nil, fault.None, 0, ""},
		{"no fault", io.EOF, fault.Internal, 9999, fault.InternalError.Text()},
		{"context", context.Canceled, fault.Internal, 9999, fault.InternalError.Text()},
		{"kind's default", exists, fault.Exists, 3002, "taken"},
		{"own code", fault.New("p", fault.Unsupported, 4008, "no %s", "sound"), fault.Unsupported, 4008, "no sound"},
		{"behind %w", fmt.Errorf("output 2: %w", exists), fault.Exists, 3002, "taken"},
		{"joined", errors.Join(io.EOF, exists), fault.Exists, 3002, "taken"},

		// The kind of the outermost counts, but the code and text of whoever set one.
		{"wrapped cause", fault.Wrap(io.EOF, "catalog.Read", fault.Unavailable), fault.Unavailable, 3000, fault.StorageError.Text()},
		{"cause of its own", fault.New("storage.Open", fault.NotFound, 0, "gone").Because(io.EOF), fault.NotFound, 3001, "gone"},
		{"inner code", fault.Wrap(fault.New("a", fault.Denied, 3004, "no"), "b", fault.Internal), fault.Internal, 3004, "no"},
		{"inner default", fault.Wrap(exists, "b", fault.Unavailable), fault.Unavailable, 3000, "taken"},
		{"three deep", fault.Wrap(fault.Wrap(io.EOF, "a", fault.NotFound), "b", fault.BadInput), fault.BadInput, 4000, fault.BadInputFile.Text()},
		{"canceled", fault.Wrap(context.Canceled, "encode", fault.Canceled), fault.Canceled, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fault.KindOf(tt.err); got != tt.kind {
				t.Errorf("KindOf = %v, want %v", got, tt.kind)
			}
			if got := fault.CodeOf(tt.err); got != tt.code {
				t.Errorf("CodeOf = %d, want %d", got, tt.code)
			}
			if got := fault.Text(tt.err); got != tt.text {
				t.Errorf("Text = %q, want %q", got, tt.text)
			}
		})
	}
}

// Causes hold paths, hosts and other people's words: customers see none.
func TestTextHidesCauses(t *testing.T) {
	secret := errors.New("open /srv/secret: permission denied")
	for _, k := range kinds {
		for _, err := range []error{
			fault.Wrap(secret, "storage.secret", k.kind),
			fault.New("storage.secret", k.kind, 0, "").On("secret/key").Because(secret),
			fault.New("storage.secret", k.kind, 0, "A sentence.").On("secret/key").Because(secret),
			fault.Wrap(fault.Wrap(secret, "secret", k.kind), "secret", fault.Internal),
		} {
			if text := fault.Text(err); strings.Contains(text, "secret") {
				t.Errorf("%v: customers would read %q", k.kind, text)
			}
			if !errors.Is(err, secret) || !strings.Contains(err.Error(), secret.Error()) {
				t.Errorf("%v: operators must still find the cause in %q", k.kind, err)
			}
		}
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	internal := fault.InternalError.Text()
	for _, c := range []fault.Code{
		fault.ValidationError, fault.DependencyError, fault.CannotAssumeRole, fault.StorageError, fault.InputDoesNotExist,
		fault.OutputAlreadyExists, fault.NoReadPermission, fault.NoWritePermission, fault.BucketDoesNotExist,
		fault.NoKMSWritePermission, fault.BadInputFile, fault.UnsupportedFormat, fault.UnhandledInputFile,
		fault.PresetInputMismatch, fault.ClipAfterEnd, fault.ManifestImpossible, fault.InconsistentVideo, fault.InconsistentAudio,
	} {
		if text := c.Text(); text == internal || !strings.HasSuffix(text, ".") {
			t.Errorf("code %d: %q", c, text)
		}
	}
	for _, c := range []fault.Code{fault.InternalServiceError, fault.InternalError} {
		if c.Text() != internal {
			t.Errorf("code %d: %q", c, c.Text())
		}
	}
	// The two sentences clients saw on the real wire.
	if got := fault.BadInputFile.Text(); got != "Amazon Elastic Transcoder could not interpret the media file." {
		t.Errorf("4000: %q", got)
	}
	if got := fault.OutputAlreadyExists.Text(); got != "The specified object could not be saved in the specified bucket because an object by that name already exists." {
		t.Errorf("3002: %q", got)
	}
}

func TestError(t *testing.T) {
	tests := []struct {
		err  *fault.Error
		want string
	}{
		{&fault.Error{}, "None"},
		{&fault.Error{Kind: fault.Denied}, "Denied"},
		{fault.New("storage.Put", fault.Exists, 0, ""), "storage.Put"},
		{fault.New("storage.Put", fault.Exists, 0, "taken").On("b/k"), "storage.Put b/k: taken"},
		{fault.New("", fault.Exists, 0, "taken").Because(io.EOF), "taken: EOF"},
		{fault.New("probe", fault.BadInput, 0, "broken").On("b/k").Because(io.EOF), "probe b/k: broken: EOF"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("Error() = %q, want %q", got, tt.want)
		}
	}
}

// Wrap must give an untyped nil, or every "if err != nil" above it would be true.
func TestWrapNil(t *testing.T) {
	if err := fault.Wrap(nil, "op", fault.Internal); err != nil {
		t.Errorf("Wrap(nil) = %v", err)
	}
}
