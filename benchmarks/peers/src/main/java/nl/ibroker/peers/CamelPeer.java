package nl.ibroker.peers;

import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * A peer of `ibroker route`: Apache Camel that validates against the XSDs and routes; no
 * rules, no answers, no events.
 *
 * <p>Arguments: bootstrap servers, group, input topic, folder of XSDs, threads.
 */
public final class CamelPeer {
  private static final int LEAVING = 20; // s

  private CamelPeer() {}

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    Map<String, Path> standaarden = Standaarden.find(Path.of(arguments[3]));
    Adresboek adresboek = Adresboek.of(bootstrap);
    CamelContext context = new DefaultCamelContext();
    context.getShutdownStrategy().setTimeout(LEAVING);
    for (int thread = 0; thread < Integer.parseInt(arguments[4]); thread++) {
      String id = arguments[1] + "-" + thread;
      BatchRoute.Kafka kafka =
          new BatchRoute.Kafka(bootstrap, arguments[1], arguments[2], id);
      context.addRoutes(new BatchRoute(kafka, standaarden, adresboek));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(context::stop));
    context.start();
    // Camel's own threads keep no JVM alive.
    Thread.currentThread().join();
  }
}
