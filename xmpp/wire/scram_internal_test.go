package wire

import (
	"encoding/base64"
	"errors"
	"testing"
)

// A hostile server can neither have us hash a password for hours nor keep us
// reading its challenge for ever.
func TestHostileChallenge(t *testing.T) {
	const scram = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" +
		"<mechanism>SCRAM-SHA-1</mechanism><mechanism>SCRAM-SHA-256</mechanism></mechanisms></stream:features>"
	tests := []struct {
		name, challenge string
		want            error
	}{
		{"much work", "r=x,s=QUJD,i=1000001", errIterations},
		{"much work, padded", "r=x,s=QUJD,i=2000000000\x00\x00", errIterations},
		{"much work, said second", "r=x,s=QUJD,i=4096,i=2000000000", errIterations},
		{"more work than a number holds", "r=x,s=QUJD,i=99999999999999999999", errChallenge},
		{"nothing", "", errChallenge},
		{"comma at the end", "r=x,s=QUJD,i=4096,", errChallenge},
		{"attribute without a value", "r=x,s=QUJD,i=4096,z=", errChallenge},
		{"no attribute at the end", "r=x,s=QUJD,i=4096,zzz", errChallenge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, heard := play(t, line{"<stream:stream", playHeader + scram},
				line{"</auth", "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64.StdEncoding.EncodeToString([]byte(tt.challenge)) + "</challenge>"})
			_, err := Dial(t.Context(), playOptions(address))
			heard()
			if !errors.Is(err, tt.want) || !errors.As(err, new(*LoginError)) {
				t.Errorf("got %v, want a LoginError: %v", err, tt.want)
			}
		})
	}
}
