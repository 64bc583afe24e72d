package embedtemporal

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/primitives"
)

// These are written into the file and must never change.
const (
	clusterName   = "active"
	clusterID     = "5f0a6a52-8c0f-4c3e-9f5e-1d4c8a7b2e11"
	historyShards = 1 // more would only queue up at the one connection
)

// serverConfig is what a Temporal operator would write in YAML.
func serverConfig(host string, p ports, db *config.SQL) *config.Config {
	const storeName = "sqlite"
	service := func(port int) config.Service {
		return config.Service{RPC: config.RPC{BindOnIP: host, GRPCPort: port}}
	}
	c := &config.Config{
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(p.frontend),
			string(primitives.HistoryService):  service(p.history),
			string(primitives.MatchingService): service(p.matching),
			string(primitives.WorkerService):   service(p.worker),
		},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: historyShards,
			DataStores:       map[string]config.DataStore{storeName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: hostPort(host, p.frontend), ClusterID: clusterID,
			}},
		},
		PublicClient: config.PublicClient{HostPort: hostPort(host, p.frontend)},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host}
	c.DCRedirectionPolicy.Policy = "noop"
	for _, state := range []*string{
		&c.Archival.History.State, &c.Archival.Visibility.State,
		&c.NamespaceDefaults.Archival.History.State, &c.NamespaceDefaults.Archival.Visibility.State,
	} {
		*state = "disabled"
	}
	return c
}

// dynamicConfig departs from the server's defaults only where one machine with
// one file differs from a fleet. Eager start of workflows and activities is on
// by default and stays on: it saves a trip through matching.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// Without it a fairness key is ignored, and one pipeline's thousand
		// chunks would go before another's ten.
		dynamicconfig.MatchingEnableFairness.Key(): true,
		// Order and fairness hold within a partition; our queues carry some
		// hundred tasks a second at most, so one partition is enough.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// Entries of open workflows kept in memory. The default of 128,000
		// may grow to gigabytes; a job has some 5 to 35 workflows.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 4096,
		// Reads of the transfer queue per second and shard, written for
		// fleets with thousands of shards. At the default of 20 every
		// workflow task that follows an activity waits up to 50 ms for the
		// next read: 8 activities in a row took 410 ms, with 200 they take 75.
		dynamicconfig.TransferProcessorMaxPollRPS.Key(): 200,
		// No calls home: an installation without internet must behave the
		// same, and nobody agreed to be counted.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}
