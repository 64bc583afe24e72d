package workflows

// Versions are the current versions of the workflows, by the names of their
// recorded histories.
var Versions = map[string]int{"transcode": transcodeVersion, "encode": encodeVersion}
