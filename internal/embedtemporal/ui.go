package embedtemporal

import (
	"context"
	"net"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is Temporal's own web UI, served from assets inside the binary.
type webUI struct {
	server *uiserver.Server
	done   chan struct{}
}

// startUI returns when the UI accepts connections. The library ends the whole
// process when it cannot listen, so the port is tried once more just before.
func startUI(ctx context.Context, o Options, port int, grpcAddress string) (*webUI, error) {
	if err := checkPort(o.Host, port, "the Temporal web UI"); err != nil {
		if o.UIPort == 0 {
			return nil, errPortLost
		}
		return nil, err
	}
	u := &webUI{
		server: uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
			Host:                o.Host,
			Port:                port,
			TemporalGRPCAddress: grpcAddress,
			EnableUI:            true,
			DefaultNamespace:    o.Namespace,
			// Its cookie guards against cross-site requests; over plain HTTP
			// on loopback a browser would drop a Secure one.
			CORS:               uiconfig.CORS{CookieInsecure: true},
			DisableNewsFetch:   true, // no calls home
			NotifyOnNewVersion: false,
			HideLogs:           true,
		})),
		done: make(chan struct{}),
	}
	go func() {
		defer close(u.done)
		_ = u.server.Start() // returns nil or ends the process; see above
	}()
	if err := waitForPort(ctx, hostPort(o.Host, port)); err != nil {
		u.stop()
		return nil, err
	}
	return u, nil
}

func (u *webUI) stop() {
	u.server.Stop()
	<-u.done
}

func waitForPort(ctx context.Context, address string) error {
	var d net.Dialer
	for {
		c, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Millisecond):
		}
	}
}
