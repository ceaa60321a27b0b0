package config

// nearest returns which of the names was probably meant, or nothing.
func nearest(name string, names []string) (near string) {
	least := 1 + min(3, len(name)/2)
	for _, candidate := range names {
		if d := distance(name, candidate); d < least {
			least, near = d, candidate
		}
	}
	return near
}

// distance returns how many bytes have to be put in, taken out or replaced to
// make one text of the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
