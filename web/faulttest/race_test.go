//go:build race

package faulttest

// raceDetector says that everything takes several times as long.
const raceDetector = true
