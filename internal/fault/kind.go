package fault

// Kind says what sort of failure an error is. The list is closed and
// append-only: the names cross the wire as Temporal error types.
type Kind int

const (
	None        Kind = iota // no error
	Invalid                 // the request breaks a rule
	Dependency              // something this needed has failed
	NotFound                // no such object
	Exists                  // an object by that name is there already
	Denied                  // not allowed
	Conflict                // in use, or in the wrong state
	Limited                 // too many; later may work
	BadInput                // the customer's media is broken
	Unsupported             // the media is fine, but not for this
	Unavailable             // storage, network or worker lost; a retry may help
	Canceled                // the customer canceled
	Internal                // our bug
)

var kindNames = [...]string{
	None: "None", Invalid: "Invalid", Dependency: "Dependency", NotFound: "NotFound", Exists: "Exists",
	Denied: "Denied", Conflict: "Conflict", Limited: "Limited", BadInput: "BadInput", Unsupported: "Unsupported",
	Unavailable: "Unavailable", Canceled: "Canceled", Internal: "Internal",
}

// String returns the kind's name, which is also its Temporal error type.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "Internal"
	}
	return kindNames[k]
}

// ParseKind is the inverse of [Kind.String]; an unknown name is Internal.
func ParseKind(name string) Kind {
	for k, n := range kindNames {
		if n == name {
			return Kind(k)
		}
	}
	return Internal
}

// Retryable tells whether doing the same again may succeed. Internal errors
// are retried a few times (a lost race, a full disk), which the caller bounds.
func (k Kind) Retryable() bool {
	return k == Unavailable || k == Limited || k == Internal
}

func (k Kind) code() Code {
	switch k {
	case None, Canceled:
		return 0
	case Invalid:
		return ValidationError
	case Dependency:
		return DependencyError
	case NotFound:
		return InputDoesNotExist
	case Exists:
		return OutputAlreadyExists
	case Denied:
		return NoReadPermission
	case BadInput:
		return BadInputFile
	case Unsupported:
		return UnsupportedFormat
	case Unavailable:
		return StorageError
	default:
		return InternalError
	}
}
