// Keeps BYTES of Go's heap for each stream from its first text on, one stream in a buffer, the next in one that is not touched, the next in strings,
// the next in a map. Or a stream's own text (`text`).
package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

const body = `{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}`

var (
	lock sync.Mutex
	kept []any
)

func keep(way int, bytes int) any {
	switch way {
	case 0:
		all := make([]byte, bytes)
		for at := range all {
			all[at] = 1
		}
		return all
	case 1:
		return make([]byte, bytes)
	case 2:
		// 1024 is a size of Go's own (src/runtime/sizeclasses.go), and each has 16 bytes of the slice.
		all := make([]string, bytes/1040)
		for at := range all {
			all[at] = strings.Repeat(string(rune('a'+at%26)), 1024)
		}
		return all
	}
	all := map[int]string{}
	for at := 0; at < 128; at++ {
		all[at] = strings.Repeat(string(rune('a'+at%26)), bytes/128)
	}
	return all
}

func stream(way int, bytes int) {
	request, _ := http.NewRequest("POST", os.Getenv("ANTHROPIC_BASE_URL")+"/v1/messages", strings.NewReader(body))
	for name, value := range map[string]string{"content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01"} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	lines, has, text := bufio.NewScanner(response.Body), false, []byte{}
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "data: ") || !strings.Contains(line, "text_delta") {
			continue
		}
		if bytes == 0 {
			from := strings.Index(line, `"text":"`) + 8
			text = append(text, line[from:strings.LastIndex(line, `"`)]...)
		} else if !has {
			has = true
			one := keep(way, bytes)
			lock.Lock()
			kept = append(kept, one)
			lock.Unlock()
			// And as much again that is garbage.
			keep(0, bytes)
		}
	}
	lock.Lock()
	kept = append(kept, text)
	lock.Unlock()
}

func main() {
	// Of the word `text` that is 0.
	bytes, _ := strconv.Atoi(os.Args[1])
	streams, _ := strconv.Atoi(os.Getenv("PROBE_STREAMS"))
	orders := bufio.NewReader(os.Stdin)
	orders.ReadString('\n')
	for number := 0; number < streams; number++ {
		go stream(number%4, bytes)
	}
	io.Copy(io.Discard, orders)
	// Nothing that is kept is garbage before the end.
	lock.Lock()
	defer lock.Unlock()
	os.Exit(len(kept) * 0)
}
