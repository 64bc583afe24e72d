package archtest

// Layer says where a package stands. Imports go down only.
type Layer int

// The layers of ARCHITECTURE.md, from words to programs.
const (
	Words    Layer = iota // exact numbers and names
	Request               // what a customer asks for
	Decision              // what will be done about it
	Formats               // bytes in, bytes out
	World                 // storage, queues, keys, processes
	Steps                 // activities and workflows
	Edges                 // HTTP and submission
	Programs              // package main
	Helpers               // no domain words; tests, builds, the embedded server
)

// Row is one package and what it may import of ours: every package of the
// layers Below, and the ones named in And. A name ending in "/..." stands for
// all packages under it. Packages of one layer do not import each other unless
// And says so.
type Row struct {
	Path  string // below the module's path
	Layer Layer
	Below []Layer
	And   []string
}

var (
	words     = []Layer{Words}
	requests  = []Layer{Words, Request}
	decisions = []Layer{Words, Request, Decision}
	pure      = []Layer{Words, Request, Decision, Formats}
	all       = []Layer{Words, Request, Decision, Formats, World, Steps, Edges}

	// parents of layer 4: the interfaces, never an adapter.
	parents = []string{"internal/storage", "internal/notify", "internal/keys", "internal/catalog"}
)

// Packages is the import table: every package we have or have decided to have.
var Packages = []Row{
	{"internal/media", Words, nil, nil},
	{"internal/fault", Words, nil, nil},
	{"internal/wire", Words, nil, nil},

	{"job", Request, words, nil},
	{"presets", Request, words, []string{"job"}},

	{"internal/plan", Decision, requests, nil},

	{"internal/ffmpeg", Formats, words, []string{"internal/plan"}},
	{"internal/captions", Formats, words, nil},
	{"internal/encryption", Formats, words, nil},
	{"internal/packaging/cmaf", Formats, words, nil},
	{"internal/packaging/dash", Formats, words, nil},
	{"internal/packaging/fmp4", Formats, words, nil},
	{"internal/packaging/hls", Formats, words, nil},
	{"internal/packaging/mpegts", Formats, words, nil},
	{"internal/packaging/smooth", Formats, words, nil},

	{"internal/storage", World, requests, nil},
	{"internal/storage/file", World, requests, []string{"internal/storage"}},
	{"internal/storage/http", World, requests, []string{"internal/storage"}},
	{"internal/storage/memory", World, requests, []string{"internal/storage"}},
	{"internal/storage/s3", World, requests, []string{"internal/storage"}},
	{"internal/storage/storagetest", World, requests, []string{"internal/storage"}},
	{"internal/notify", World, requests, nil},
	{"internal/notify/notifytest", World, requests, []string{"internal/notify"}},
	{"internal/notify/signal", World, requests, []string{"internal/notify"}},
	{"internal/notify/sns", World, requests, []string{"internal/notify"}},
	{"internal/notify/webhook", World, requests, []string{"internal/notify"}},
	{"internal/keys", World, requests, nil},
	{"internal/keys/awskms", World, requests, []string{"internal/keys"}},
	{"internal/keys/keystest", World, requests, []string{"internal/keys"}},
	{"internal/keys/local", World, requests, []string{"internal/keys"}},
	{"internal/keys/secrets", World, requests, []string{"internal/keys"}},
	{"internal/catalog", World, requests, nil},
	{"internal/catalog/catalogtest", World, requests, []string{"internal/catalog"}},
	{"internal/proc", World, words, nil},
	{"internal/filelock", World, words, nil},

	{"activities", Steps, pure, append([]string{"internal/proc"}, parents...)},
	{"workflows", Steps, decisions, []string{"activities"}},

	{"internal/httpapi", Edges, decisions, parents},
	{"internal/console", Edges, decisions, parents},
	{"internal/dispatch", Edges, decisions, []string{"activities", "internal/catalog", "workflows"}},

	// host joins what server and worker share; it gets its adapters passed in.
	{"internal/host", Edges, decisions, append([]string{"activities", "workflows", "internal/dispatch", "internal/filelock", "internal/proc"}, parents...)},

	{"worker", Programs, all, []string{"internal/buildinfo"}},
	{"starter", Programs, all, []string{"internal/buildinfo"}},
	{"server", Programs, all, []string{"internal/buildinfo", "internal/embedtemporal"}},

	{"internal/archtest", Helpers, nil, nil},
	{"internal/buildinfo", Helpers, nil, nil},
	{"internal/embedtemporal", Helpers, words, []string{"internal/filelock"}},
	{"internal/golden", Helpers, words, nil},
	{"internal/testmedia", Helpers, words, []string{"internal/proc"}},
	{"internal/packaging/hls/hlstest", Helpers, words, []string{"internal/packaging/...", "internal/testmedia"}},
	{"e2e", Helpers, all, []string{"internal/..."}},
	{"bench", Helpers, all, []string{"internal/..."}},
}

// Ban forbids imports to the packages of some layers, or to one package.
type Ban struct {
	Layers []Layer
	Path   string // instead of Layers
	Import string // a path, or with "/..." everything under it and itself
	Except string
	Reason string
}

// Bans are the imports that the table, which knows only our own packages,
// cannot see.
var Bans = []Ban{
	{Layers: pure, Import: "os/...", Reason: "pure packages read no files and no environment: same input, same output"},
	{Layers: pure, Import: "net/...", Except: "net/url", Reason: "pure packages reach no network; parsing a URL is fine"},
	{Layers: pure, Import: "log/...", Reason: "pure packages return errors; who calls them decides what is logged"},
	{Layers: pure, Import: "math/rand/...", Reason: "a plan must be the same when it is made again"},
	{Layers: pure, Import: "go.temporal.io/...", Reason: "decisions and formats must work and be tested without Temporal"},

	{Path: "workflows", Import: "os/...", Reason: "a replay on another machine would see other files and variables: use the input or an activity"},
	{Path: "workflows", Import: "net/...", Reason: "a replay would call again: use an activity"},
	{Path: "workflows", Import: "math/rand/...", Reason: "a replay would draw other numbers: use workflow.SideEffect"},
	{Path: "workflows", Import: "crypto/rand", Reason: "a replay would draw other numbers: use workflow.SideEffect"},
	{Path: "workflows", Import: "github.com/google/uuid", Reason: "random, and unseen by workflowcheck: the caller gives ids"},
	{Path: "workflows", Import: "log/...", Reason: "a replay would log again: use workflow.GetLogger"},
	{Path: "workflows", Import: "sync/...", Reason: "workflow goroutines are scheduled by the SDK and would deadlock: use workflow.Mutex, Channel or WaitGroup"},
}

// Heavy are dependencies that only some packages may have, however deep: they
// cost every other binary tens of megabytes and minutes of build.
var Heavy = []struct {
	Import string
	Only   []string
	Reason string
}{
	{
		"go.temporal.io/server/...",
		[]string{"internal/embedtemporal", "server", "e2e", "bench"},
		"130 MB of binary and 7 CPU-minutes of first build",
	},
	{
		"github.com/temporalio/ui-server/...",
		[]string{"internal/embedtemporal", "server", "e2e", "bench"},
		"the web UI's assets",
	},
}

// Pins are versions that must not move, since the Temporal server of our
// go.mod does not build with later ones.
var Pins = map[string]string{
	"go.opentelemetry.io/otel":                      "v1.44.0",
	"go.opentelemetry.io/otel/log":                  "v0.20.0",
	"go.opentelemetry.io/otel/exporters/prometheus": "v0.56.0",
}
