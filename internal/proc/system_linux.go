package proc

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts the child into a group of its own and has the kernel kill it
// when we die: a program nobody waits for would go on writing.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// limit sets resource limits on a started process. Setting them from outside
// leaves our own limits alone and needs no helper program. Hard limits are
// never raised above what we were given.
func limit(pid int, l Limits) error {
	const none = -1
	for _, r := range []struct {
		resource   int
		soft, hard int64
	}{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_AS, orNone(l.AddressSpace), orNone(l.AddressSpace)},
		{unix.RLIMIT_CPU, orNone(l.CPUSeconds), l.CPUSeconds + 5}, // time to die by itself
		{unix.RLIMIT_FSIZE, orNone(l.FileSize), orNone(l.FileSize)},
		{unix.RLIMIT_NOFILE, orNone(l.OpenFiles), orNone(l.OpenFiles)},
	} {
		if r.soft == none {
			continue
		}
		var old unix.Rlimit
		err := unix.Prlimit(pid, r.resource, nil, &old)
		if err == nil {
			hard := min(uint64(r.hard), old.Max)
			err = unix.Prlimit(pid, r.resource, &unix.Rlimit{Cur: min(uint64(r.soft), hard), Max: hard}, nil)
		}
		if errors.Is(err, unix.ESRCH) {
			return nil // it has ended already
		}
		if err != nil {
			return os.NewSyscallError("prlimit", err)
		}
	}
	return nil
}

func orNone(n int64) int64 {
	if n <= 0 {
		return -1
	}
	return n
}

// awaitExit waits until pid has ended and leaves it unreaped.
func awaitExit(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("waitid", err)
		}
	}
}

// maxRSS returns bytes; the kernel counts kilobytes.
func maxRSS(s *os.ProcessState) int64 {
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}
