// name: tomcat-server
// title: Tomcat
// role: server
// http: 1.1
// install: apt-get install default-jdk-headless libtomcat10-java libtomcat10-embed-java
// version: command -v javac >/dev/null && dpkg-query -f '${Version}' -W libtomcat10-embed-java
// run: exec java -cp $(echo /usr/share/java/tomcat10-*.jar | tr ' ' ':') FILE ARGUMENT
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import jakarta.websocket.server.ServerEndpoint;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

public class TomcatServer {
  @ServerEndpoint("/")
  public static class Echo {
    @OnMessage
    public void text(Session session, String text) throws IOException {
      if (text.equals("close me")) session.close(new CloseReason(() -> 4002, "bye"));
      else session.getBasicRemote().sendText(text);
    }

    @OnMessage(maxMessageSize = 1 << 20)
    public void data(Session session, ByteBuffer data) throws IOException {
      session.getBasicRemote().sendBinary(data);
    }

    @OnClose
    public void closed(CloseReason reason) {
      System.out.println("closed " + reason.getCloseCode().getCode());
    }
  }

  public static void main(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(".");
    tomcat.setPort(Integer.parseInt(args[0]));
    Context context = tomcat.addContext("", null);
    context.addServletContainerInitializer(new WsSci(), java.util.Set.of(Echo.class));
    context.addParameter("org.apache.tomcat.websocket.binaryBufferSize", "1048576");
    Tomcat.addServlet(context, "default", "org.apache.catalina.servlets.DefaultServlet");
    context.addServletMappingDecoded("/", "default");
    tomcat.getConnector();
    tomcat.start();
    tomcat.getServer().await();
  }
}
