package activities_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/everframe/everframe/activities"
)

// RepairJobs goes on after a round that failed, every ten seconds, and gives
// way when its worker stops.
func TestRepairJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rounds []time.Duration
		begin := time.Now()
		stop := make(chan struct{})
		a := &activities.Activities{Repair: func(context.Context) error {
			rounds = append(rounds, time.Since(begin))
			if len(rounds) == 3 {
				close(stop)
			}
			return errors.New("no catalog")
		}}
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.SetTestTimeout(time.Hour)
		env.SetWorkerOptions(worker.Options{})
		env.SetWorkerStopChannel(stop)
		env.RegisterActivity(a)
		if _, err := env.ExecuteActivity(a.RepairJobs); err == nil {
			t.Error("no error: it would not be tried again")
		}
		if len(rounds) != 3 || rounds[0] != 0 || rounds[2] != 20*time.Second {
			t.Errorf("rounds at %v", rounds)
		}
	})
}
