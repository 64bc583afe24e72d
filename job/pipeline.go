package job

import "github.com/everframe/everframe/internal/wire"

// Pipeline is a queue of jobs with its buckets and topics.
// Source: ET wire, shape Pipeline.
type Pipeline struct {
	ID              ID                   `json:"Id"`
	ARN             string               `json:"Arn"`
	Name            string               `json:"Name"`
	Status          PipelineStatus       `json:"Status"`
	InputBucket     string               `json:"InputBucket"` // media, captions, watermarks and artwork are read here
	OutputBucket    string               `json:"OutputBucket"`
	Role            string               `json:"Role"`
	AWSKMSKeyARN    string               `json:"AwsKmsKeyArn"`
	Notifications   Notifications        `json:"Notifications"`
	ContentConfig   PipelineOutputConfig `json:"ContentConfig"`
	ThumbnailConfig PipelineOutputConfig `json:"ThumbnailConfig"`
}

// PipelineStatus says whether a pipeline starts jobs. A paused one accepts
// them, and lets those that run finish.
type PipelineStatus string

// The states of a pipeline.
const (
	Active PipelineStatus = "Active"
	Paused PipelineStatus = "Paused"
)

// Notifications holds where each event of a job is announced: an SNS topic's
// ARN, or nothing when empty.
type Notifications struct {
	Progressing string `json:"Progressing" shape:"SnsTopic" wire:"zero"`
	Completed   string `json:"Completed" shape:"SnsTopic" wire:"zero"`
	Warning     string `json:"Warning" shape:"SnsTopic" wire:"zero"`
	Error       string `json:"Error" shape:"SnsTopic" wire:"zero"`
}

// PipelineOutputConfig says where files go and who may read them.
type PipelineOutputConfig struct {
	Bucket       string       `json:"Bucket,omitzero" shape:"BucketName"`
	StorageClass string       `json:"StorageClass,omitzero" shape:"StorageClass"`      // empty is Standard
	Permissions  []Permission `json:"Permissions,omitzero" shape:"max=30" wire:"list"` // none: the bucket's owner only
}

// Permission is one grant on the files of a pipeline.
type Permission struct {
	GranteeType string   `json:"GranteeType,omitzero" shape:"GranteeType"`
	Grantee     string   `json:"Grantee,omitzero" shape:"Grantee"`
	Access      []string `json:"Access,omitzero" shape:"AccessControl,max=30"`
}

// Warning is something the creator of a pipeline should know, which does not
// keep it from working.
type Warning struct {
	Code    string `json:"Code"` // "6000" to "6008"
	Message string `json:"Message"`
}

// CreatePipelineRequest is what CreatePipeline is asked.
type CreatePipelineRequest struct {
	Name            string                `json:"Name,omitzero" shape:"Name,required"`
	InputBucket     string                `json:"InputBucket,omitzero" shape:"BucketName,required"`
	OutputBucket    string                `json:"OutputBucket,omitzero" shape:"BucketName"` // or else both configs
	Role            string                `json:"Role,omitzero"`
	AWSKMSKeyARN    string                `json:"AwsKmsKeyArn,omitzero" shape:"KeyArn"`
	Notifications   *Notifications        `json:"Notifications,omitzero"`
	ContentConfig   *PipelineOutputConfig `json:"ContentConfig,omitzero"`
	ThumbnailConfig *PipelineOutputConfig `json:"ThumbnailConfig,omitzero"`
}

// NewPipeline returns the record of a pipeline just created: Active. The
// request must be valid.
//
// A request with OutputBucket alone is returned with both configs naming that
// bucket, and one with configs with OutputBucket naming the content's, as
// Terraform and other clients read whichever they did not write.
func NewPipeline(id ID, req CreatePipelineRequest, account Account) Pipeline {
	p := Pipeline{
		ID:              id,
		ARN:             account.ARN(KindPipeline, id),
		Name:            req.Name,
		Status:          Active,
		InputBucket:     req.InputBucket,
		OutputBucket:    req.OutputBucket,
		Role:            req.Role,
		AWSKMSKeyARN:    req.AWSKMSKeyARN,
		ContentConfig:   outputConfig(req.ContentConfig, req.OutputBucket),
		ThumbnailConfig: outputConfig(req.ThumbnailConfig, req.OutputBucket),
	}
	if req.Notifications != nil {
		p.Notifications = *req.Notifications
	}
	if p.OutputBucket == "" {
		p.OutputBucket = p.ContentConfig.Bucket
	}
	return p
}

func outputConfig(c *PipelineOutputConfig, bucket string) PipelineOutputConfig {
	if c == nil {
		return PipelineOutputConfig{Bucket: bucket, Permissions: []Permission{}}
	}
	out := *c
	out.Permissions = append([]Permission{}, c.Permissions...)
	return out
}

// ContentBucket returns the bucket of media files and playlists.
func (p Pipeline) ContentBucket() string {
	if p.ContentConfig.Bucket != "" {
		return p.ContentConfig.Bucket
	}
	return p.OutputBucket
}

// ThumbnailBucket returns the bucket of thumbnails.
func (p Pipeline) ThumbnailBucket() string {
	if p.ThumbnailConfig.Bucket != "" {
		return p.ThumbnailConfig.Bucket
	}
	return p.OutputBucket
}

// MarshalJSON prints p as the API does: unset members are null, topics are
// never null.
func (p Pipeline) MarshalJSON() ([]byte, error) {
	type record Pipeline // without this method
	return wire.Marshal(record(p))
}
