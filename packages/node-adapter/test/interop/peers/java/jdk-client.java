// name: jdk-client
// title: Java's own WebSocket
// role: client
// http: 1.1
// install: apt-get install default-jdk-headless
// version: command -v javac >/dev/null && javac -version
// run: exec java FILE ARGUMENT
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

class JdkClient {
  static final CountDownLatch over = new CountDownLatch(1);

  static class Echo implements WebSocket.Listener {
    final StringBuilder text = new StringBuilder();
    final ByteArrayOutputStream data = new ByteArrayOutputStream();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        String whole = text.toString();
        text.setLength(0);
        if (whole.equals("close me")) socket.sendClose(4002, "bye");
        else socket.sendText(whole, true);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean isLast) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      data.writeBytes(bytes);
      if (isLast) {
        socket.sendBinary(ByteBuffer.wrap(data.toByteArray()), true);
        data.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      System.out.println("closed " + code);
      over.countDown();
      return null;
    }
  }

  public static void main(String[] args) throws Exception {
    HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create(args[0]), new Echo()).join();
    over.await();
    Thread.sleep(1000); // its answer is sent after this
  }
}
