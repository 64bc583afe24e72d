package host

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// Settings are the flags of every program that hosts work. A program embeds
// them in its configuration; each can also be set in the environment:
// --encode-slots is EVERFRAME_ENCODE_SLOTS.
type Settings struct {
	EncodeSlots   int           `help:"Cores that encoders may use. Default: all of this machine."`
	MaxActive     int           `default:"100" help:"Jobs of one pipeline that run at once. The same for the server and all workers."`
	ChunkLength   time.Duration `help:"Longest piece of video encoded at once. Default: 60s, or ten of the source's GOPs."`
	WholeBelow    time.Duration `default:"2m" help:"Shorter videos are encoded in one piece."`
	WorkRetention time.Duration `default:"24h" help:"How long encoded pieces nobody asks for are kept."`

	AccountID string `default:"000000000000" help:"Account in ARNs, 12 digits."`
	Region    string `default:"us-east-1" help:"Region in ARNs."`
	LogFormat string `enum:"text,json" default:"text" help:"text or json."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"Least level that is logged."`
}

// Account returns whose jobs these are.
func (s Settings) Account() job.Account { return job.Account{ID: s.AccountID, Region: s.Region} }

// Planning returns what the planner may know.
func (s Settings) Planning() plan.Options {
	return plan.Options{
		ChunkLength: media.Seconds(int64(s.ChunkLength), int64(time.Second)),
		WholeBelow:  media.Seconds(int64(s.WholeBelow), int64(time.Second)),
	}
}

// Logger returns a logger that writes to w.
func (s Settings) Logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}
