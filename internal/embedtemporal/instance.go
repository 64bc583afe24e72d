package embedtemporal

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// instance is the four Temporal services of this process.
type instance struct {
	server temporal.Server
}

// startInstance returns when the services are up. A port that was lost since
// its reservation is reported as errPortLost.
func startInstance(ctx context.Context, log *serverLog, cfg *config.Config, hosts map[primitives.ServiceName]static.Hosts) (*instance, error) {
	var in instance
	claims := authorization.NewNoopClaimMapper()
	err := bounded(ctx, "start of Temporal", func() error {
		var err error
		in.server, err = temporal.NewServer(
			temporal.WithConfig(cfg),
			temporal.ForServices(temporal.DefaultServices),
			temporal.WithStaticHosts(hosts),
			temporal.WithLogger(log),
			temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
			temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
			temporal.WithDynamicConfigClient(dynamicConfig()),
		)
		if err != nil {
			return err
		}
		return in.server.Start()
	})
	switch died := log.dead(); {
	case died == nil && err == nil:
		return &in, nil
	case errors.Is(died, syscall.EADDRINUSE):
		// Services constructed before the one that failed keep their
		// listeners until the process ends: there is nothing to stop yet.
		return nil, fmt.Errorf("%w: %w", errPortLost, died)
	case died != nil:
		return nil, died
	default:
		return nil, err
	}
}

func (in *instance) stop(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return bounded(ctx, "stop of Temporal", in.server.Stop)
}
