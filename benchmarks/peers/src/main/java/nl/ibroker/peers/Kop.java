package nl.ibroker.peers;

/** What says who gets a bericht; a header element that it lacks is null. */
record Kop(String namespace, String afzender, String ontvanger) {}
