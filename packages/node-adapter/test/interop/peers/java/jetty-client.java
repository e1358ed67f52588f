// name: jetty-client
// title: Jetty
// role: client
// http: 1.1
// install: apt-get install default-jdk-headless libjetty9-java libjetty9-extra-java
// version: command -v javac >/dev/null && dpkg-query -f '${Version}' -W libjetty9-extra-java
// run: exec java -cp $(echo /usr/share/java/jetty9-*.jar /usr/share/java/servlet-api.jar | tr ' ' ':') FILE ARGUMENT
import java.net.URI;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.WebSocketAdapter;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;

class JettyClient {
  public static class Echo extends WebSocketAdapter {
    @Override
    public void onWebSocketText(String text) {
      if (text.equals("close me")) getSession().close(4002, "bye");
      else getRemote().sendStringByFuture(text);
    }

    @Override
    public void onWebSocketBinary(byte[] data, int offset, int length) {
      getRemote().sendBytesByFuture(ByteBuffer.wrap(data, offset, length));
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
      System.out.println("closed " + code);
    }
  }

  public static void main(String[] args) throws Exception {
    WebSocketClient client = new WebSocketClient();
    client.getPolicy().setMaxBinaryMessageSize(1 << 20);
    client.start();
    ClientUpgradeRequest request = new ClientUpgradeRequest();
    request.addExtensions("permessage-deflate");
    client.connect(new Echo(), new URI(args[0]), request).get();
    Thread.currentThread().join(); // its own threads keep no program alive
  }
}
