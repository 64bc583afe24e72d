package main

import (
	"context"
	"log/slog"
	"os"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"github.com/everframe/everframe/internal/embedtemporal"
	"github.com/everframe/everframe/internal/host"
)

// temporalStack is the Temporal this server works with: its own, or another.
type temporalStack struct {
	client   client.Client
	embedded *embedtemporal.Server // nil = another's
	address  string
	ui       string // "" = none of ours
}

// openTemporal connects to the configured Temporal, or starts one.
func openTemporal(ctx context.Context, c Config, logger *slog.Logger) (*temporalStack, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, err
	}
	options.Logger = log.NewStructuredLogger(logger)
	if configured(options) {
		found, err := dial(ctx, options)
		if err != nil {
			return nil, err
		}
		return &temporalStack{client: found, address: options.HostPort}, host.EnsureSearchAttributes(ctx, found, namespace(options))
	}
	attributes := map[string]enums.IndexedValueType{}
	for name, kind := range host.SearchAttributes() {
		attributes[name] = kind
	}
	s, err := embedtemporal.Start(ctx, embedtemporal.Options{
		File: c.temporalFile(), GRPCPort: c.TemporalPort, UIPort: c.UIPort, SearchAttributes: attributes, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	own, err := dial(ctx, client.Options{HostPort: s.GRPCAddress(), Logger: options.Logger})
	if err != nil {
		_ = s.Stop() // the dial's error is the one to tell
		return nil, err
	}
	return &temporalStack{client: own, embedded: s, address: s.GRPCAddress(), ui: s.UIURL()}, nil
}

// configured tells whether somebody named a Temporal server: the library's
// default address does not count.
func configured(o client.Options) bool {
	return os.Getenv("TEMPORAL_ADDRESS") != "" || o.HostPort != "" && o.HostPort != client.DefaultHostPort
}

func namespace(o client.Options) string {
	if o.Namespace == "" {
		return client.DefaultNamespace
	}
	return o.Namespace
}

func (t *temporalStack) close() error {
	t.client.Close()
	if t.embedded == nil {
		return nil
	}
	return t.embedded.Stop()
}
