package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// fakeAPI is the API with its state in memory. A job goes one step further
// each time it is read: Submitted, Progressing at 0, 40 and 100 percent, and
// its end. What its input holds says which: "broken" ends in error 4000,
// "endless" stays at 40 percent until it is canceled.
type fakeAPI struct {
	mu        sync.Mutex // guards all below
	clock     int64      // milliseconds; a second passes with each thing created
	pipelines []job.Pipeline
	jobs      []*fakeJob
	tokens    map[string]job.ID
	objects   map[string][]byte // by bucket/key
	requests  []string          // "METHOD path", in order
	refuse    []int             // statuses of the next answers, whatever is asked
	pageSize  int
	mirror    string           // if set, what jobs make is written there too, by bucket and key
	onRead    func(j *fakeJob) // called with mu held
}

type fakeJob struct {
	job.Job
	reads int
}

func newFakeAPI() *fakeAPI {
	return &fakeAPI{clock: 1_700_000_000_000, tokens: map[string]job.ID{}, objects: map[string][]byte{}, pageSize: 50}
}

// serve starts f and returns its URL.
func (f *fakeAPI) serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	if len(f.refuse) > 0 {
		status := f.refuse[0]
		f.refuse = f.refuse[1:]
		refused(w, status, "ServiceUnavailableException", "try again")
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/files/{bucket}/{key...}", func(w http.ResponseWriter, r *http.Request) { f.file(w, r, body) })
	mux.HandleFunc("POST /2012-09-25/pipelines", func(w http.ResponseWriter, _ *http.Request) { f.createPipeline(w, body) })
	mux.HandleFunc("GET /2012-09-25/pipelines", func(w http.ResponseWriter, r *http.Request) {
		page(f, w, r, "Pipelines", slices.Clone(f.pipelines))
	})
	mux.HandleFunc("GET /2012-09-25/pipelines/{id}", f.readPipeline)
	mux.HandleFunc("GET /2012-09-25/presets", func(w http.ResponseWriter, r *http.Request) {
		page(f, w, r, "Presets", presets.System())
	})
	mux.HandleFunc("GET /2012-09-25/presets/{id}", f.readPreset)
	mux.HandleFunc("POST /2012-09-25/jobs", func(w http.ResponseWriter, _ *http.Request) { f.createJob(w, body) })
	mux.HandleFunc("GET /2012-09-25/jobs/{id}", f.readJob)
	mux.HandleFunc("DELETE /2012-09-25/jobs/{id}", f.cancelJob)
	mux.HandleFunc("GET /2012-09-25/jobsByPipeline/{id}", f.listJobs)
	mux.ServeHTTP(w, r)
}

func (f *fakeAPI) newID() (job.ID, int64) {
	f.clock += 1000
	return job.NewID(f.clock, "fakes1"), f.clock
}

var account = job.Account{ID: "123456789012", Region: "us-east-1"}

func (f *fakeAPI) createPipeline(w http.ResponseWriter, body []byte) {
	var req job.CreatePipelineRequest
	if err := json.Unmarshal(body, &req); err != nil {
		refused(w, 400, "ValidationException", err.Error())
		return
	}
	id, _ := f.newID()
	p := job.NewPipeline(id, req, account)
	f.pipelines = append(f.pipelines, p)
	answer(w, 201, map[string]any{"Pipeline": p, "Warnings": []job.Warning{}})
}

func (f *fakeAPI) readPipeline(w http.ResponseWriter, r *http.Request) {
	for _, p := range f.pipelines {
		if string(p.ID) == r.PathValue("id") {
			answer(w, 200, map[string]any{"Pipeline": p, "Warnings": []job.Warning{}})
			return
		}
	}
	refused(w, 404, "ResourceNotFoundException", "The specified pipeline was not found: account=123456789012, pipelineId="+r.PathValue("id"))
}

func (f *fakeAPI) readPreset(w http.ResponseWriter, r *http.Request) {
	p, ok := presets.Lookup(job.ID(r.PathValue("id")))
	if !ok {
		refused(w, 404, "ResourceNotFoundException", "The specified preset was not found: account=123456789012, presetId="+r.PathValue("id"))
		return
	}
	answer(w, 200, map[string]any{"Preset": p})
}

func (f *fakeAPI) createJob(w http.ResponseWriter, body []byte) {
	req, err := job.ParseRequest(body)
	if err == nil {
		err = req.Validate()
	}
	if err != nil {
		refused(w, 400, "ValidationException", err.Error())
		return
	}
	if id, ok := f.tokens[req.ClientRequestToken]; ok && req.ClientRequestToken != "" {
		answer(w, 201, map[string]any{"Job": f.find(id).Job})
		return
	}
	id, at := f.newID()
	j := &fakeJob{Job: job.New(id, req, account, at)}
	f.jobs = append(f.jobs, j)
	f.tokens[req.ClientRequestToken] = id
	answer(w, 201, map[string]any{"Job": j.Job})
}

func (f *fakeAPI) find(id job.ID) *fakeJob {
	i := slices.IndexFunc(f.jobs, func(j *fakeJob) bool { return j.ID == id })
	if i < 0 {
		return nil
	}
	return f.jobs[i]
}

func (f *fakeAPI) readJob(w http.ResponseWriter, r *http.Request) {
	j := f.find(job.ID(r.PathValue("id")))
	if j == nil {
		refused(w, 404, "ResourceNotFoundException", "The specified job was not found: account=123456789012, jobId="+r.PathValue("id")+".")
		return
	}
	if !j.Terminal() {
		f.advance(j)
	}
	if f.onRead != nil {
		f.onRead(j)
	}
	answer(w, 200, map[string]any{"Job": j.Job})
}

func (f *fakeAPI) cancelJob(w http.ResponseWriter, r *http.Request) {
	j := f.find(job.ID(r.PathValue("id")))
	force := r.URL.Query().Get("force") == "true"
	if j == nil || j.Terminal() || j.Status == job.Progressing && !force {
		refused(w, 409, "ResourceInUseException", "The job was already in use: accountId=123456789012, resourceId="+r.PathValue("id")+".")
		return
	}
	f.end(j, job.Canceled, "")
	answer(w, 202, map[string]string{"Success": "true"})
}

func (f *fakeAPI) listJobs(w http.ResponseWriter, r *http.Request) {
	var found []job.Job
	for _, j := range f.jobs {
		if string(j.PipelineID) == r.PathValue("id") {
			found = append(found, j.Job)
		}
	}
	page(f, w, r, "Jobs", found)
}

// advance takes j one step further.
func (f *fakeAPI) advance(j *fakeJob) {
	j.reads++
	input := f.objects[runInput+"/"+j.Inputs[0].Key]
	switch {
	case j.reads == 1:
		return
	case bytes.HasPrefix(input, []byte("endless")):
		f.progress(j, 40)
	case j.reads == 2:
		f.progress(j, 0)
	case j.reads == 3:
		f.progress(j, 40)
	case j.reads == 4:
		f.progress(j, 100)
	case bytes.HasPrefix(input, []byte("broken")):
		f.end(j, job.Error, "4000 5c4c6a3a-9f0c-4f2e-8e0f-3a9b6a8d7c11: Amazon Elastic Transcoder could not interpret the media file.")
	default:
		f.complete(j)
	}
}

func (f *fakeAPI) progress(j *fakeJob, percent int64) {
	j.Status = job.Progressing
	j.Timing.StartTimeMillis = j.Timing.SubmitTimeMillis + 300
	for i := range j.Outputs {
		j.Outputs[i].Status = job.Progressing
		j.Outputs[i].Progress = &job.Progress{FramesDone: percent * 5, FramesTotal: 500, Stage: "encode"}
	}
}

func (f *fakeAPI) end(j *fakeJob, s job.Status, detail string) {
	j.Status = s
	j.Timing.FinishTimeMillis = j.Timing.SubmitTimeMillis + 5_250
	for i := range j.Outputs {
		o := &j.Outputs[i]
		o.Status, o.StatusDetail, o.Progress = s, detail, nil
	}
	for i := range j.Playlists {
		j.Playlists[i].Status = s
		if s == job.Error {
			j.Playlists[i].StatusDetail = "1001 5c4c6a3a-9f0c-4f2e-8e0f-3a9b6a8d7c11: dependency"
		}
	}
}

// complete ends j and writes what the API's naming rules say.
func (f *fakeAPI) complete(j *fakeJob) {
	f.end(j, job.Complete, "")
	put := func(key, content string) {
		path := runOutput + "/" + j.OutputKeyPrefix + key
		f.objects[path] = []byte(content)
		if f.mirror == "" {
			return
		}
		local := filepath.Join(f.mirror, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(local), 0o755), os.WriteFile(local, []byte(content), 0o644)); err != nil {
			panic(err)
		}
	}
	for i := range j.Outputs {
		o := &j.Outputs[i]
		p, _ := presets.Lookup(o.PresetID)
		o.Duration, o.DurationMillis, o.FileSize = 17, 16_683, 1_234_567
		if p.Video != nil {
			o.Width, o.Height, o.FrameRate = 854, 480, "29.97"
		}
		if p.Container == "ts" && o.SegmentDuration != "" {
			put(o.Key+".m3u8", "#EXTM3U\n#EXTINF:6,\nstream00000.ts\n#EXTINF:6,\nstream00001.ts\n#EXT-X-ENDLIST\n")
			put(o.Key+"00000.ts", "segment 0")
			put(o.Key+"00001.ts", "segment 1")
		} else {
			put(o.Key, "the file "+o.Key)
		}
		if o.ThumbnailPattern != nil {
			put(strings.ReplaceAll(*o.ThumbnailPattern, "{count}", "00001")+"."+p.Thumbnails.Format, "one")
			put(strings.ReplaceAll(*o.ThumbnailPattern, "{count}", "00002")+"."+p.Thumbnails.Format, "two")
		}
	}
	for _, l := range j.Playlists {
		put(l.Name+".m3u8", "#EXTM3U\n")
	}
}

func (f *fakeAPI) file(w http.ResponseWriter, r *http.Request, body []byte) {
	key := r.PathValue("bucket") + "/" + r.PathValue("key")
	content, exists := f.objects[key]
	switch {
	case r.Method == "PUT" && exists:
		refused(w, 409, "ResourceInUseException", "an object by that name already exists")
	case r.Method == "PUT":
		f.objects[key] = body
		w.WriteHeader(201)
	case !exists:
		refused(w, 404, "ResourceNotFoundException", "no such object")
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// page answers with one page of items, which are in ascending order. The token
// is the index of the next.
func page[T any](f *fakeAPI, w http.ResponseWriter, r *http.Request, member string, items []T) {
	if r.FormValue("Ascending") == "false" {
		slices.Reverse(items)
	}
	from, _ := strconv.Atoi(r.FormValue("PageToken"))
	to := min(from+f.pageSize, len(items))
	out := map[string]any{member: append([]T{}, items[from:to]...), "NextPageToken": nil}
	if to < len(items) {
		out["NextPageToken"] = strconv.Itoa(to)
	}
	answer(w, 200, out)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err) // the fake's own types
	}
}

func refused(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("x-amzn-ErrorType", kind+":http://internal.example/")
	w.Header().Set("x-amzn-RequestId", "req-1")
	answer(w, status, map[string]string{"message": text})
}

// asked returns how often a request beginning with prefix came.
func (f *fakeAPI) asked(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// keys returns the sorted keys of a bucket, without the stamps of this run.
func (f *fakeAPI) keys(bucket string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(f.objects)) {
		if key, ok := strings.CutPrefix(k, bucket+"/"); ok {
			keys = append(keys, unstamped(key))
		}
	}
	return keys
}
