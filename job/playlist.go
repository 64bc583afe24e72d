package job

// Playlist is one manifest over several outputs of a job.
// Source: ET wire, shape CreateJobPlaylist.
type Playlist struct {
	Name                 string                `json:"Name,omitzero" shape:"Filename,required"` // key after OutputKeyPrefix; the extension is added
	Format               string                `json:"Format,omitzero" shape:"PlaylistFormat,required"`
	OutputKeys           []string              `json:"OutputKeys,omitzero" shape:"Key,required,max=30"` // Key of each output, in the manifest's order
	HLSContentProtection *HLSContentProtection `json:"HlsContentProtection,omitzero"`
	PlayReadyDRM         *PlayReadyDRM         `json:"PlayReadyDrm,omitzero"`
}

// The formats of a playlist.
const (
	HLSv3    = "HLSv3"
	HLSv4    = "HLSv4"
	Smooth   = "Smooth"
	MPEGDASH = "MPEG-DASH"
)

// HLSContentProtection encrypts each segment of an HLS playlist with one
// AES-128 key. Key, KeyMD5 and InitializationVector are given together, or a
// key is made.
type HLSContentProtection struct {
	Method                string `json:"Method,omitzero" shape:"HlsContentProtectionMethod,required"`
	Key                   string `json:"Key,omitzero" shape:"Base64EncodedString"`
	KeyMD5                string `json:"KeyMd5,omitzero" shape:"Base64EncodedString"`
	InitializationVector  string `json:"InitializationVector,omitzero" shape:"ZeroTo255String"`
	LicenseAcquisitionURL string `json:"LicenseAcquisitionUrl,omitzero" shape:"ZeroTo512String"` // the key's URI in the playlists
	KeyStoragePolicy      string `json:"KeyStoragePolicy,omitzero" shape:"KeyStoragePolicy"`
}

// PlayReadyDRM encrypts the media of a playlist for Microsoft PlayReady.
type PlayReadyDRM struct {
	Format                string `json:"Format,omitzero" shape:"PlayReadyDrmFormatString,required"`
	Key                   string `json:"Key,omitzero" shape:"NonEmptyBase64EncodedString,required"`
	KeyMD5                string `json:"KeyMd5,omitzero" shape:"NonEmptyBase64EncodedString,required"`
	KeyID                 string `json:"KeyId,omitzero" shape:"KeyIdGuid,required"` // big endian
	InitializationVector  string `json:"InitializationVector,omitzero" shape:"ZeroTo255String"`
	LicenseAcquisitionURL string `json:"LicenseAcquisitionUrl,omitzero" shape:"OneTo512String,required"`
}
