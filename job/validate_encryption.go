package job

import (
	"fmt"
	"strings"
)

// encryptions wants the three parts of a customer's key together. What is
// written may lack all three, and a key is made; what is read may not.
// Inferred: the texts.
func encryptions(r Request) string {
	var text string
	see := func(e *Encryption, read bool, what string) {
		if text != "" || e == nil || !strings.HasPrefix(e.Mode, "aes-") {
			return
		}
		switch given(e.Key, e.KeyMD5, e.InitializationVector) {
		case all:
		case none:
			if read {
				text = fmt.Sprintf("The encryption of %s must have Key, KeyMd5 and InitializationVector.", what)
			}
		default:
			text = fmt.Sprintf("The encryption of %s must have all or none of Key, KeyMd5 and InitializationVector.", what)
		}
	}
	sources := func(list []CaptionSource) {
		for _, s := range list {
			see(s.Encryption, true, "caption source '"+s.Key+"'")
		}
	}
	for _, in := range r.AllInputs() {
		see(in.Encryption, true, "input '"+in.Key+"'")
		if in.InputCaptions != nil {
			sources(in.InputCaptions.CaptionSources)
		}
	}
	for _, o := range r.AllOutputs() {
		see(o.Encryption, false, "output '"+o.Key+"'")
		see(o.ThumbnailEncryption, false, "the thumbnails of output '"+o.Key+"'")
		for _, w := range o.Watermarks {
			see(w.Encryption, true, "watermark '"+w.InputKey+"'")
		}
		if o.AlbumArt != nil {
			for _, a := range o.AlbumArt.Artwork {
				see(a.Encryption, true, "artwork '"+a.InputKey+"'")
			}
		}
		if o.Captions != nil {
			sources(o.Captions.CaptionSources)
			for _, f := range o.Captions.CaptionFormats {
				see(f.Encryption, false, "the captions of output '"+o.Key+"'")
			}
		}
	}
	return text
}

// protections checks what a playlist says of the protection of its media.
// Inferred: the texts.
func protections(r Request) string {
	outputs := map[string]Output{}
	for _, o := range r.AllOutputs() {
		outputs[o.Key] = o
	}
	for _, p := range r.Playlists {
		if p.HLSContentProtection == nil && p.PlayReadyDRM == nil {
			continue
		}
		if p.HLSContentProtection != nil && p.PlayReadyDRM != nil {
			return fmt.Sprintf("The playlist '%s' has both HlsContentProtection and PlayReadyDrm.", p.Name)
		}
		for _, k := range p.OutputKeys {
			if outputs[k].encrypted() {
				return fmt.Sprintf("Output '%s' has Encryption, so the playlist '%s' can have neither HlsContentProtection nor PlayReadyDrm.", k, p.Name)
			}
		}
		if text := hlsProtection(p) + playReady(p); text != "" {
			return text
		}
	}
	return ""
}

func hlsProtection(p Playlist) string {
	h := p.HLSContentProtection
	if h == nil {
		return ""
	}
	stored := h.KeyStoragePolicy == "WithVariantPlaylists" // an absent policy is NoStore
	switch keys := given(h.Key, h.KeyMD5, h.InitializationVector); {
	case p.Format != HLSv3 && p.Format != HLSv4:
		return fmt.Sprintf("The playlist '%s' has HlsContentProtection, which only HLSv3 and HLSv4 playlists can have.", p.Name)
	case keys == some:
		return fmt.Sprintf("The HlsContentProtection of playlist '%s' must have all or none of Key, KeyMd5 and InitializationVector.", p.Name)
	case stored && h.LicenseAcquisitionURL != "":
		return fmt.Sprintf("The HlsContentProtection of playlist '%s' must have no LicenseAcquisitionUrl when KeyStoragePolicy is WithVariantPlaylists.", p.Name)
	case !stored && h.LicenseAcquisitionURL == "":
		return fmt.Sprintf("The HlsContentProtection of playlist '%s' must have a LicenseAcquisitionUrl unless KeyStoragePolicy is WithVariantPlaylists.", p.Name)
	}
	return ""
}

func playReady(p Playlist) string {
	switch d := p.PlayReadyDRM; {
	case d == nil:
		return ""
	case d.Format == "discretix-3.0":
		// Its tags and packets were never published, so nobody can write them.
		return fmt.Sprintf("The playlist '%s' has the PlayReadyDrm format discretix-3.0, which is not supported because its specification was never published.", p.Name)
	case p.Format != Smooth:
		return fmt.Sprintf("The playlist '%s' has the PlayReadyDrm format %s, which only Smooth playlists can have.", p.Name, d.Format)
	}
	return ""
}

// encrypted tells whether the output or its captions are encrypted as files.
func (o Output) encrypted() bool {
	if o.Encryption != nil {
		return true
	}
	if o.Captions != nil {
		for _, f := range o.Captions.CaptionFormats {
			if f.Encryption != nil {
				return true
			}
		}
	}
	return false
}

type count int

const (
	none count = iota
	some
	all
)

// given tells how many of the values are not empty.
func given(values ...string) count {
	n := 0
	for _, v := range values {
		if v != "" {
			n++
		}
	}
	switch n {
	case 0:
		return none
	case len(values):
		return all
	}
	return some
}
