package fault

// Code is a public job error code, as Elastic Transcoder numbered them
// (docs/compatibility.md). It begins every error StatusDetail.
type Code int

// The codes this service gives today. Source: ET guide, "Error Handling".
const (
	ValidationError      Code = 1000
	DependencyError      Code = 1001
	CannotAssumeRole     Code = 2000
	StorageError         Code = 3000
	InputDoesNotExist    Code = 3001
	OutputAlreadyExists  Code = 3002
	NoReadPermission     Code = 3003
	NoWritePermission    Code = 3004
	BucketDoesNotExist   Code = 3005
	NoKMSWritePermission Code = 3006
	BadInputFile         Code = 4000
	UnsupportedFormat    Code = 4006
	UnhandledInputFile   Code = 4007
	PresetInputMismatch  Code = 4008
	ClipAfterEnd         Code = 4014
	ManifestImpossible   Code = 4015
	InconsistentVideo    Code = 4025
	InconsistentAudio    Code = 4026
	InternalServiceError Code = 9000
	InternalError        Code = 9999
)

// Text returns the sentence customers read for c when nothing more exact is
// known. Code 0 has none.
// Source: the meanings of the ET guide, "Error Handling"; sentences marked W
// were seen on the real wire.
func (c Code) Text() string {
	switch c {
	case 0:
		return ""
	case ValidationError:
		return "The request contains a value that is not valid."
	case DependencyError:
		return "Amazon Elastic Transcoder could not generate the playlist because it encountered an error with one or more of the playlist's dependencies."
	case CannotAssumeRole:
		return "Amazon Elastic Transcoder could not assume the role of the pipeline."
	case InputDoesNotExist:
		return "The specified object does not exist in the specified bucket."
	case OutputAlreadyExists: // W
		return "The specified object could not be saved in the specified bucket because an object by that name already exists."
	case NoReadPermission:
		return "The role of the pipeline does not have permission to read from the specified bucket."
	case NoWritePermission:
		return "The role of the pipeline does not have permission to write to the specified bucket."
	case NoKMSWritePermission:
		return "The specified object could not be saved in the specified bucket: the AWS KMS key is not in the bucket's region."
	case BucketDoesNotExist:
		return "The specified S3 bucket does not exist."
	case StorageError:
		return "The storage could not be reached."
	case BadInputFile: // W
		return "Amazon Elastic Transcoder could not interpret the media file."
	case UnsupportedFormat:
		return "The format of the input file is not supported."
	case UnhandledInputFile:
		return "The input file could not be processed."
	case PresetInputMismatch:
		return "The preset does not match the input file."
	case ClipAfterEnd:
		return "The clip starts after the end of the input file."
	case ManifestImpossible:
		return "The playlist could not be made, because the segments of its outputs do not match."
	case InconsistentVideo:
		return "Either all inputs of a job must have video, or none."
	case InconsistentAudio:
		return "Either all inputs of a job must have audio, or none."
	default:
		return "An internal error occurred while the job was processed."
	}
}
