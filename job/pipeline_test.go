package job_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
)

const role = "arn:aws:iam::123456789012:role/Elastic_Transcoder_Default_Role"

func TestCreatePipelineValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		body string
		want string
	}{
		{"output bucket", `{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"` + role + `"}`, ""},
		{"configs", `{"Name":"p","InputBucket":"in","Role":"` + role + `","ContentConfig":{"Bucket":"c"},"ThumbnailConfig":{"Bucket":"t"}}`, ""},
		{"no name and no input", `{"OutputBucket":"out"}`, "2 validation errors detected: Value null at 'name'" + isNull + "; Value null at 'inputBucket'" + isNull},
		{"no input bucket", `{"Name":"p"}`, one + "Value null at 'inputBucket'" + isNull},
		{"no role", `{"Name":"p","InputBucket":"in","OutputBucket":"out"}`, "Role cannot be blank"},
		{"no role ARN", `{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"me"}`, "Role ARN is invalid: me"},
		{"no output", `{"Name":"p","InputBucket":"in","Role":"` + role + `"}`, "[OutputBucket and ContentConfig:Bucket are not allowed to both be null.]"},
		{"two outputs", `{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"` + role + `","ContentConfig":{"Bucket":"c"}}`, "[OutputBucket and ContentConfig are mutually exclusive.]"},
		{"no thumbnails", `{"Name":"p","InputBucket":"in","Role":"` + role + `","ContentConfig":{"Bucket":"c"}}`, "[ThumbnailConfig:Bucket is not allowed to be null if ContentConfig is specified.]"},
		{"topic", `{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"` + role + `","Notifications":{"Progressing":"","Completed":"mail"}}`, one + "Value 'mail' at 'notifications.completed'" + noMatch + `(^$)|(^arn:aws:sns:.*:\w{12}:.+$)`},
		{"parent directory as bucket", `{"Name":"p","InputBucket":"..","OutputBucket":"out","Role":"` + role + `"}`, "Bucket name is invalid: .."},
		{"hidden directory as bucket", `{"Name":"p","InputBucket":"in","Role":"` + role + `","ContentConfig":{"Bucket":"c"},"ThumbnailConfig":{"Bucket":".git"}}`, "Bucket name is invalid: .git"},
		{"path as bucket", `{"Name":"p","InputBucket":"a/b","OutputBucket":"out","Role":"` + role + `"}`, one + "Value 'a/b' at 'inputBucket'" + noMatch + `^(\w|\.|-){1,255}$`},
		{"permission", `{"Name":"p","InputBucket":"in","Role":"` + role + `","ContentConfig":{"Bucket":"c","Permissions":[{"GranteeType":"Group","Grantee":"AllUsers","Access":["READ"]}]},"ThumbnailConfig":{"Bucket":"t"}}`, one + "Value 'READ' at 'contentConfig.permissions.1.member.access.1.member'" + noMatch + `(^FullControl$)|(^Read$)|(^ReadAcp$)|(^WriteAcp$)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := job.ParseCreatePipeline([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			wantFault(t, r.Validate(), c.want)
		})
	}
}

func TestNewPipeline(t *testing.T) {
	const id, arn = "1111111111111-abcde1", "arn:aws:elastictranscoder:us-west-2:123456789012:pipeline/1111111111111-abcde1"
	for _, c := range []struct {
		name, body, want   string
		content, thumbnail string
	}{
		{
			"one bucket",
			`{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"` + role + `"}`,
			`{"Id":"` + id + `","Arn":"` + arn + `","Name":"p","Status":"Active","InputBucket":"in","OutputBucket":"out","Role":"` + role + `","AwsKmsKeyArn":null,
			  "Notifications":{"Progressing":"","Completed":"","Warning":"","Error":""},
			  "ContentConfig":{"Bucket":"out","StorageClass":null,"Permissions":[]},"ThumbnailConfig":{"Bucket":"out","StorageClass":null,"Permissions":[]}}`,
			"out", "out",
		},
		{
			"two configs",
			`{"Name":"p","InputBucket":"in","Role":"` + role + `","AwsKmsKeyArn":"key","Notifications":{"Error":"arn:aws:sns:us-west-2:123456789012:t"},
			  "ContentConfig":{"Bucket":"c","StorageClass":"Standard","Permissions":[{"GranteeType":"Group","Grantee":"AllUsers","Access":["Read"]}]},"ThumbnailConfig":{"Bucket":"t"}}`,
			`{"Id":"` + id + `","Arn":"` + arn + `","Name":"p","Status":"Active","InputBucket":"in","OutputBucket":"c","Role":"` + role + `","AwsKmsKeyArn":"key",
			  "Notifications":{"Progressing":"","Completed":"","Warning":"","Error":"arn:aws:sns:us-west-2:123456789012:t"},
			  "ContentConfig":{"Bucket":"c","StorageClass":"Standard","Permissions":[{"GranteeType":"Group","Grantee":"AllUsers","Access":["Read"]}]},
			  "ThumbnailConfig":{"Bucket":"t","StorageClass":null,"Permissions":[]}}`,
			"c", "t",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := job.ParseCreatePipeline([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			p := job.NewPipeline(id, req, account)
			b := mustMarshal(t, p)
			var got, want any
			for in, out := range map[string]*any{c.want: &want, string(b): &got} {
				if err := json.Unmarshal([]byte(in), out); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
			var read job.Pipeline
			if err := json.Unmarshal(b, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, read); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if p.ContentBucket() != c.content || p.ThumbnailBucket() != c.thumbnail {
				t.Errorf("buckets %s and %s, want %s and %s", p.ContentBucket(), p.ThumbnailBucket(), c.content, c.thumbnail)
			}
		})
	}
}
