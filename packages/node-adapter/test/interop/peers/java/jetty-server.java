// name: jetty-server
// title: Jetty
// role: server
// http: 1.1
// install: apt-get install default-jdk-headless libjetty9-java libjetty9-extra-java
// version: command -v javac >/dev/null && dpkg-query -f '${Version}' -W libjetty9-extra-java
// run: exec java -cp $(echo /usr/share/java/jetty9-*.jar /usr/share/java/servlet-api.jar | tr ' ' ':') FILE ARGUMENT
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WebSocketAdapter;
import org.eclipse.jetty.websocket.server.WebSocketHandler;
import org.eclipse.jetty.websocket.servlet.WebSocketServletFactory;

class JettyServer {
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
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
    server.setHandler(
        new WebSocketHandler() {
          @Override
          public void configure(WebSocketServletFactory factory) {
            factory.getPolicy().setMaxBinaryMessageSize(1 << 20);
            factory.register(Echo.class);
          }
        });
    server.start();
  }
}
