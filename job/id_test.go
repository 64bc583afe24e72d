package job_test

import (
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func TestParseID(t *testing.T) {
	for _, ok := range []string{"1533838012294-exampl", "1351620000001-000001", "0000000000000-A_9zZ0"} {
		if id, err := job.ParseID(ok); err != nil || string(id) != ok {
			t.Errorf("ParseID(%q) = %q, %v", ok, id, err)
		}
	}
	for _, bad := range []string{"", "1533838012294-examp", "1533838012294-example", "153383801229a-exampl", "1533838012294_exampl", "1533838012294-exa-pl", "1533838012294-exampé"} {
		_, err := job.ParseID(bad)
		want := `1 validation error detected: Value '` + bad + `' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`
		if fault.KindOf(err) != fault.Invalid || fault.Text(err) != want {
			t.Errorf("ParseID(%q): %v, want Invalid: %s", bad, err, want)
		}
	}
}

func TestNewID(t *testing.T) {
	if got := job.NewID(1533838012294, "abc019"); got != "1533838012294-abc019" {
		t.Errorf("NewID = %s", got)
	}
	if got := job.NewID(7, "abc019"); got != "0000000000007-abc019" {
		t.Errorf("NewID pads to %s", got)
	}
	for _, c := range []struct {
		ms     int64
		suffix string
	}{{-1, "abcdef"}, {1e13, "abcdef"}, {1, "abcde"}, {1, "abcdeF"}, {1, "abcdefg"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewID(%d, %q) did not panic", c.ms, c.suffix)
				}
			}()
			job.NewID(c.ms, c.suffix)
		}()
	}
}

func TestIDSuffix(t *testing.T) {
	if got, ok := job.IDSuffix([]byte{0, 255, 25, 26, 35, 36, 251}); got != "az09a9" || !ok {
		t.Errorf("IDSuffix = %q, %v", got, ok)
	}
	if got, ok := job.IDSuffix([]byte{1, 2, 3, 4, 5, 252, 253, 254, 255}); ok {
		t.Errorf("IDSuffix of five usable bytes = %q, true", got)
	}
}

func TestARN(t *testing.T) {
	const want = "arn:aws:elastictranscoder:us-west-2:123456789012:job/1533838012294-exampl"
	if got := account.ARN(job.KindJob, "1533838012294-exampl"); got != want {
		t.Errorf("ARN = %s, want %s", got, want)
	}
}
