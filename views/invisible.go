package views

import (
	"slices"
	"unicode"

	"golang.org/x/text/secure/precis"
)

// isInvisible reports whether the rune at i leaves no mark of its own, or one
// that cannot be told from another's. An ordinary space is fine between words;
// at an end or beside another space it is not.
func isInvisible(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case ' ' < r && r < unicode.MaxASCII:
		return false
	case r == ' ':
		return i == 0 || i == len(runes)-1 || runes[i-1] == ' ' || runes[i+1] == ' '
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		return !joins(runes, i)
	case r == emojiStyle:
		return !styles(runes, i)
	case r == unicode.ReplacementChar:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) ||
		r == blankBraille || r == nullNotehead || r == khitanFiller
}

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
	emojiStyle         = '\uFE0F' // draws what precedes as a picture; U+FE0E, the text style, mostly changes nothing
	keycap             = '\u20E3'
	blankBraille       = '\u2800'
	nullNotehead       = '\U0001D159'
	khitanFiller       = '\U00016FE4'
)

// joins reports whether the joiner at i stands where writing needs one: within
// an emoji, or where a script's letters would be joined otherwise, or not be.
func joins(runes []rune, i int) bool {
	if i == 0 || i == len(runes)-1 {
		return false
	}
	before, after := runes[i-1], runes[i+1]
	if runes[i] == zeroWidthJoiner && isPicture(after) &&
		(isPicture(before) || before == emojiStyle || isSkinTone(before)) {
		return true
	}
	// RFC 5892, Appendix A.1 and A.2: it has to come after a virama, or, if it is a
	// non-joiner, between letters that would be joined.
	start, end := i, i+1
	for start > 0 && i-start < joinContext && unicode.In(runes[start-1], unicode.L, unicode.M) {
		start--
	}
	for end < len(runes) && end-i <= joinContext && unicode.In(runes[end], unicode.L, unicode.M) {
		end++
	}
	// Of all that the profile asks for, this has only letters and marks to fail by.
	_, err := precis.OpaqueString.String(string(runes[start:end]))
	return err == nil
}

// joinContext is how many letters and marks beside a joiner are looked at.
const joinContext = 8

// styles reports whether the style at i changes how a picture is drawn: after
// one that is text unless it is told otherwise, and in a keycap.
func styles(runes []rune, i int) bool {
	if i == 0 {
		return false
	}
	before := runes[i-1]
	if i+1 < len(runes) && runes[i+1] == keycap {
		return before == '#' || before == '*' || '0' <= before && before <= '9'
	}
	return isTextPicture(before)
}

func isPicture(r rune) bool {
	return isTextPicture(r) || r > unicode.MaxLatin1 && unicode.Is(unicode.So, r)
}

func isSkinTone(r rune) bool { return '\U0001F3FB' <= r && r <= '\U0001F3FF' }

// isTextPicture reports whether a character is an emoji that is drawn as text
// unless [emojiStyle] follows.
func isTextPicture(r rune) bool {
	_, found := slices.BinarySearchFunc(textPictures[:], r, func(span [2]rune, r rune) int {
		switch {
		case span[1] < r:
			return -1
		case span[0] > r:
			return 1
		}
		return 0
	})
	return found
}

// textPictures are the first and last of each run of characters that Unicode's
// emoji-data.txt gives the property Emoji and not Emoji_Presentation, but for
// ASCII.
var textPictures = [...][2]rune{
	{0xA9, 0xA9}, {0xAE, 0xAE}, {0x203C, 0x203C}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139},
	{0x2194, 0x2199}, {0x21A9, 0x21AA}, {0x2328, 0x2328}, {0x23CF, 0x23CF}, {0x23ED, 0x23EF}, {0x23F1, 0x23F2},
	{0x23F8, 0x23FA}, {0x24C2, 0x24C2}, {0x25AA, 0x25AB}, {0x25B6, 0x25B6}, {0x25C0, 0x25C0}, {0x25FB, 0x25FC},
	{0x2600, 0x2604}, {0x260E, 0x260E}, {0x2611, 0x2611}, {0x2618, 0x2618}, {0x261D, 0x261D}, {0x2620, 0x2620},
	{0x2622, 0x2623}, {0x2626, 0x2626}, {0x262A, 0x262A}, {0x262E, 0x262F}, {0x2638, 0x263A}, {0x2640, 0x2640},
	{0x2642, 0x2642}, {0x265F, 0x2660}, {0x2663, 0x2663}, {0x2665, 0x2666}, {0x2668, 0x2668}, {0x267B, 0x267B},
	{0x267E, 0x267E}, {0x2692, 0x2692}, {0x2694, 0x2697}, {0x2699, 0x2699}, {0x269B, 0x269C}, {0x26A0, 0x26A0},
	{0x26A7, 0x26A7}, {0x26B0, 0x26B1}, {0x26C8, 0x26C8}, {0x26CF, 0x26CF}, {0x26D1, 0x26D1}, {0x26D3, 0x26D3},
	{0x26E9, 0x26E9}, {0x26F0, 0x26F1}, {0x26F4, 0x26F4}, {0x26F7, 0x26F9}, {0x2702, 0x2702}, {0x2708, 0x2709},
	{0x270C, 0x270D}, {0x270F, 0x270F}, {0x2712, 0x2712}, {0x2714, 0x2714}, {0x2716, 0x2716}, {0x271D, 0x271D},
	{0x2721, 0x2721}, {0x2733, 0x2734}, {0x2744, 0x2744}, {0x2747, 0x2747}, {0x2763, 0x2764}, {0x27A1, 0x27A1},
	{0x2934, 0x2935}, {0x2B05, 0x2B07}, {0x3030, 0x3030}, {0x303D, 0x303D}, {0x3297, 0x3297}, {0x3299, 0x3299},
	{0x1F170, 0x1F171}, {0x1F17E, 0x1F17F}, {0x1F202, 0x1F202}, {0x1F237, 0x1F237}, {0x1F321, 0x1F321},
	{0x1F324, 0x1F32C}, {0x1F336, 0x1F336}, {0x1F37D, 0x1F37D}, {0x1F396, 0x1F397}, {0x1F399, 0x1F39B},
	{0x1F39E, 0x1F39F}, {0x1F3CB, 0x1F3CE}, {0x1F3D4, 0x1F3DF}, {0x1F3F3, 0x1F3F3}, {0x1F3F5, 0x1F3F5},
	{0x1F3F7, 0x1F3F7}, {0x1F43F, 0x1F43F}, {0x1F441, 0x1F441}, {0x1F4FD, 0x1F4FD}, {0x1F549, 0x1F54A},
	{0x1F56F, 0x1F570}, {0x1F573, 0x1F579}, {0x1F587, 0x1F587}, {0x1F58A, 0x1F58D}, {0x1F590, 0x1F590},
	{0x1F5A5, 0x1F5A5}, {0x1F5A8, 0x1F5A8}, {0x1F5B1, 0x1F5B2}, {0x1F5BC, 0x1F5BC}, {0x1F5C2, 0x1F5C4},
	{0x1F5D1, 0x1F5D3}, {0x1F5DC, 0x1F5DE}, {0x1F5E1, 0x1F5E1}, {0x1F5E3, 0x1F5E3}, {0x1F5E8, 0x1F5E8},
	{0x1F5EF, 0x1F5EF}, {0x1F5F3, 0x1F5F3}, {0x1F5FA, 0x1F5FA}, {0x1F6CB, 0x1F6CB}, {0x1F6CD, 0x1F6CF},
	{0x1F6E0, 0x1F6E5}, {0x1F6E9, 0x1F6E9}, {0x1F6F0, 0x1F6F0}, {0x1F6F3, 0x1F6F3},
}
