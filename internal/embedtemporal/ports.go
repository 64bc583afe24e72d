package embedtemporal

import (
	"errors"
	"net"

	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"

	"github.com/everframe/everframe/internal/fault"
)

// errPortLost means that a port we had reserved was taken before its use, so
// that trying again with others makes sense.
var errPortLost = errors.New("port taken by another program")

// ports of one server. Only frontend and ui are for others; the rest carry
// calls between the services of this process.
type ports struct {
	frontend, history, matching, worker, ui int
}

// hosts is the membership of a cluster of one: with it the server needs no
// gossip, no membership ports and no heartbeat rows in the database.
func (p ports) hosts(host string) map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(hostPort(host, p.frontend)),
		primitives.HistoryService:  static.SingleLocalHost(hostPort(host, p.history)),
		primitives.MatchingService: static.SingleLocalHost(hostPort(host, p.matching)),
		primitives.WorkerService:   static.SingleLocalHost(hostPort(host, p.worker)),
	}
}

// reservePorts checks the ports the caller named and picks free ones for the
// rest. A named port in use is a Conflict.
func reservePorts(o Options) (ports, error) {
	var p ports
	for _, want := range []struct {
		port *int
		name string
		num  int
	}{
		{&p.frontend, "Temporal", o.GRPCPort},
		{&p.ui, "the Temporal web UI", o.UIPort},
		{&p.history, "history", 0},
		{&p.matching, "matching", 0},
		{&p.worker, "worker", 0},
	} {
		var err error
		switch want.num {
		case NoUI:
		case 0:
			*want.port, err = freePort(o.Host)
		default:
			*want.port, err = want.num, checkPort(o.Host, want.num, want.name)
		}
		if err != nil {
			return ports{}, err
		}
	}
	return p, nil
}

func checkPort(host string, port int, name string) error {
	l, err := net.Listen("tcp", hostPort(host, port))
	if err != nil {
		return fault.New("embedtemporal.Start", fault.Conflict, 0,
			"port %d for %s cannot be used; is another copy running? (0 picks a free port)", port, name).Because(err)
	}
	return l.Close()
}

// freePort returns a port that the kernel will not hand out again for a while.
//
// A listener on port 0 that is merely closed again frees its port at once, and
// two programs starting side by side are given the same one. So the port is
// left with a connection in TIME_WAIT: the kernel then avoids it for port 0 and
// for outgoing connections, yet lets a server listen on it, since Go sets
// SO_REUSEADDR. The side that closes first is the one left in TIME_WAIT.
func freePort(host string) (int, error) {
	const op = "embedtemporal.Start"
	l, err := net.Listen("tcp", hostPort(host, 0))
	if err != nil {
		return 0, fault.Wrap(err, op, fault.Internal)
	}
	defer l.Close()
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return 0, fault.Wrap(err, op, fault.Internal)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		return 0, fault.Wrap(err, op, fault.Internal)
	}
	if err := in.Close(); err != nil {
		return 0, fault.Wrap(err, op, fault.Internal)
	}
	return l.Addr().(*net.TCPAddr).Port, nil
}
