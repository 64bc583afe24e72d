package job_test

import (
	"fmt"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func Example() {
	req, err := job.ParseRequest([]byte(`{
	  "PipelineId": "1111111111111-abcde1",
	  "Input": {"Key": "film.mp4"},
	  "Outputs": [{"Key": "film-480p.mp4", "PresetId": "1351620000001-000020"}]
	}`))
	if err == nil {
		err = req.Validate()
	}
	if err != nil {
		fmt.Println(fault.Text(err))
		return
	}
	id := job.NewID(1533838012294, "x0y1z2")
	j := job.New(id, req, job.Account{ID: "123456789012", Region: "us-east-1"}, 1533838012298)
	fmt.Println(j.ID, j.Status, j.Outputs[0].ID, j.Outputs[0].Key)
	// Output: 1533838012294-x0y1z2 Submitted 1 film-480p.mp4
}

func ExampleRequest_Validate() {
	req := job.Request{
		PipelineID: "1111111111111-abcde1",
		Input:      &job.Input{Key: "film.mp4"},
		Output:     &job.Output{Key: "film", PresetID: "1351620000001-200040"},
		Playlists:  []job.Playlist{{Name: "hls/index", Format: job.HLSv3, OutputKeys: []string{"film"}}},
	}
	fmt.Println(fault.Text(req.Validate()))
	// Output: All outputs in a playlist must begin identically to the playlist name upto the last / character.
}
