package e2e_test

import "syscall"

// dieWithUs has the kernel end a program when the tests are ended in a way that
// runs no clean-up, such as go test's own time limit.
func dieWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
