// Keeps BYTES of the Java heap for each stream from its first text on, one stream in a buffer, the next in an array of strings, the next in a map;
// and a quarter of that, outside of the heap, in a direct buffer. Or, as the program of the HTTP client of Java, a stream's own text (`text`).
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public class Kept {
    static final String BODY = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    static final List<Object> KEPT = Collections.synchronizedList(new ArrayList<>());

    // A string of one-byte characters is 24 bytes, and an array of 16 that it is in (OpenJDK 17, compressed pointers, objects of 8 bytes).
    static String string(int size, int number) {
        return new String(new char[] {(char) ('a' + number % 26)}).repeat(size - 40);
    }

    static Object keep(int way, int bytes) {
        if (way == 0) return new byte[bytes];
        if (way == 1) {
            // Each has a place of 4 bytes beside it.
            String[] all = new String[bytes / 1028];
            for (int number = 0; number < all.length; number++) all[number] = string(1024, number);
            return all;
        }
        Map<Integer, String> all = new HashMap<>();
        for (int number = 0; number < 128; number++) all.put(number, string(bytes / 128, number));
        return all;
    }

    static Object touched(ByteBuffer buffer) {
        for (int at = 0; at < buffer.capacity(); at += 4096) buffer.put(at, (byte) 1);
        return buffer;
    }

    static void stream(URI base, int way, int bytes) {
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            String request = "POST /v1/messages HTTP/1.1\r\nhost: " + base.getHost() + "\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
                + "connection: close\r\ncontent-type: application/json\r\ncontent-length: " + BODY.length() + "\r\n\r\n" + BODY;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] said = new byte[8192];
            boolean has = false;
            for (int length; (length = in.read(said)) >= 0;) {
                if (!has && new String(said, 0, length, StandardCharsets.ISO_8859_1).contains("content_block_delta")) {
                    has = true;
                    KEPT.add(keep(way, bytes));
                    KEPT.add(touched(ByteBuffer.allocateDirect(bytes / 4)));
                    // And as much again that is garbage.
                    keep(0, bytes);
                }
            }
        } catch (Exception failed) {
            throw new RuntimeException(failed);
        }
    }

    static void text(HttpClient client, URI base) {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/v1/messages")).header("content-type", "application/json")
            .header("x-api-key", "k").header("anthropic-version", "2023-06-01").POST(HttpRequest.BodyPublishers.ofString(BODY)).build();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(), StandardCharsets.UTF_8))) {
            StringBuilder text = new StringBuilder();
            KEPT.add(text);
            for (String line; (line = in.readLine()) != null;) {
                if (line.startsWith("data: ") && line.contains("text_delta")) {
                    int from = line.indexOf("\"text\":\"") + 8;
                    text.append(line, from, line.lastIndexOf('"'));
                }
            }
        } catch (Exception failed) {
            throw new RuntimeException(failed);
        }
    }

    public static void main(String[] arguments) throws Exception {
        URI base = URI.create(System.getenv("ANTHROPIC_BASE_URL"));
        System.in.read();
        HttpClient client = arguments[0].equals("text") ? HttpClient.newHttpClient() : null;
        for (int number = 0; number < Integer.parseInt(System.getenv("PROBE_STREAMS")); number++) {
            int way = number % 3;
            Thread thread = new Thread(() -> {
                if (client != null) text(client, base); else stream(base, way, Integer.parseInt(arguments[0]));
            });
            thread.setDaemon(true);
            thread.start();
        }
        while (System.in.read() >= 0) {}
    }
}
