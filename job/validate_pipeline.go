package job

import (
	"regexp"
	"strings"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/wire"
)

var roleARN = regexp.MustCompile(`^arn:aws:iam::\w{12}:role/.+$`)

// Validate checks a request for a pipeline. It reports fault.Invalid with the
// text the API answers.
//
// One rule is ours: a bucket's name may not begin with a dot, since a bucket
// of the file store is a directory of that name.
func (r CreatePipelineRequest) Validate() error {
	invalid := func(text string) error {
		return fault.New("job.CreatePipelineRequest.Validate", fault.Invalid, 0, "%s", text)
	}
	if broken := wire.Check(r); broken != nil {
		return invalid(broken.Error())
	}
	switch {
	case r.Role == "":
		return invalid("Role cannot be blank")
	case !roleARN.MatchString(r.Role):
		return invalid("Role ARN is invalid: " + r.Role)
	}
	if broken := r.bucketRules(); len(broken) > 0 {
		return invalid("[" + strings.Join(broken, ", ") + "]")
	}
	for _, b := range []string{r.InputBucket, r.OutputBucket, r.content(), r.thumbnail()} {
		if strings.HasPrefix(b, ".") {
			return invalid("Bucket name is invalid: " + b)
		}
	}
	return nil
}

// bucketRules returns the broken rules between OutputBucket and the configs.
// Inferred: the text about ThumbnailConfig with OutputBucket.
func (r CreatePipelineRequest) bucketRules() (broken []string) {
	if r.OutputBucket == "" && r.content() == "" {
		broken = append(broken, "OutputBucket and ContentConfig:Bucket are not allowed to both be null.")
	}
	if r.OutputBucket != "" && r.ContentConfig != nil {
		broken = append(broken, "OutputBucket and ContentConfig are mutually exclusive.")
	} else if r.OutputBucket != "" && r.ThumbnailConfig != nil {
		broken = append(broken, "OutputBucket and ThumbnailConfig are mutually exclusive.")
	}
	if r.OutputBucket == "" && r.content() != "" && r.thumbnail() == "" {
		broken = append(broken, "ThumbnailConfig:Bucket is not allowed to be null if ContentConfig is specified.")
	}
	return broken
}

func (r CreatePipelineRequest) content() string {
	if r.ContentConfig == nil {
		return ""
	}
	return r.ContentConfig.Bucket
}

func (r CreatePipelineRequest) thumbnail() string {
	if r.ThumbnailConfig == nil {
		return ""
	}
	return r.ThumbnailConfig.Bucket
}
