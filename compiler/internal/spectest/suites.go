package spectest

import (
	"os"
	"path/filepath"
	"strings"
)

// ConvertedSuites are the suites that wazero's module carries and the compiler supports, converted by wast2json.
var ConvertedSuites = []string{"v1", "v2", "extended-const", "threads"}

// ReadConverted reads a suite from wazero's module, which go.mod names for the tests.
func ReadConverted(suite string) ([]*Script, error) {
	dir, err := moduleDir("github.com/tetratelabs/wazero")
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "internal", "integration_test", "spectest", suite, "testdata")
	return readFiles(filepath.Join(dir, "*.json"), func(string) string { return suite }, ReadJSON)
}

// TestsuiteDir returns the folder of WebAssembly/testsuite: $WASM_TESTSUITE, or shared/testsuite beside the repository.
func TestsuiteDir() (string, error) {
	dir := os.Getenv("WASM_TESTSUITE")
	if dir == "" {
		repo, err := RepoDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(filepath.Dir(repo), "shared", "testsuite")
	}
	_, err := os.Stat(filepath.Join(dir, "i32.wast"))
	return dir, err
}

// testsuiteFolders are the folders of WebAssembly/testsuite; the core scripts are at the top.
var testsuiteFolders = []string{"", "custom", "legacy", "proposals/*"}

// ReadTestsuite reads the scripts of WebAssembly/testsuite whose names ("core/br", "proposals/threads/atomic") match.
func ReadTestsuite(dir string, match func(name string) bool) ([]*Script, error) {
	var all []*Script
	for _, folder := range testsuiteFolders {
		list, err := readFiles(filepath.Join(dir, filepath.FromSlash(folder), "*.wast"), func(file string) string {
			suite, _ := filepath.Rel(dir, filepath.Dir(file))
			if suite == "." {
				suite = "core"
			}
			if name := strings.TrimSuffix(filepath.Base(file), ".wast"); !match(filepath.ToSlash(suite) + "/" + name) {
				return ""
			}
			return filepath.ToSlash(suite)
		}, ReadWast)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// readFiles reads the files of a pattern; suite names the suite of a file, "" to leave it out.
func readFiles(pattern string, suite func(file string) string, read func(suite, file string) (*Script, error)) ([]*Script, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var list []*Script
	for _, f := range files {
		name := suite(f)
		if name == "" {
			continue
		}
		s, err := read(name, f)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}
