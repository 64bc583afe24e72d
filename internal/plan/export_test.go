package plan

// What the tests of package plan_test see of the policies New is made of.
var (
	OutputRate = outputRate
	SourceRate = sourceRate
	Cut        = cut
	TimelineOf = timeline
	Override   = override
)

// MaxChunks bounds the chunks of a plan.
const MaxChunks = maxChunks

// WithDefaults returns o as New completes it.
func (o Options) WithDefaults() Options { return o.withDefaults() }
