import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A department system with the plain Java client: reads its topic, keeps the list of cases, reports back.
 *
 * <pre>
 *   mvn -q package
 *   java -jar target/department.jar 127.0.0.1:9092 departments.quality.v1 --schema assignment.json
 *   DEPARTMENT_TOKEN=… java -jar … --reports complaints.status.v1 --gateway http://127.0.0.1:8080
 * </pre>
 *
 * It reads committed records only, upserts by case_id, keeps the highest revision of each complaint, takes withdrawn
 * ones off the list, and commits after its own store has the record.
 */
public final class Department {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TRIES = 5;

    private final Options options;
    /** The list of cases: case_id, complaint_id, newest record. */
    private final Map<String, Map<String, JsonNode>> cases = new LinkedHashMap<>();
    private final Map<String, JsonNode> contacts = new HashMap<>();
    private final Map<String, byte[]> files = new HashMap<>();
    private final Set<String> sent = new HashSet<>();
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private int invalid;

    private Department(Options options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        Department department = new Department(Options.of(arguments));
        department.run();
        System.exit(department.invalid > 0 ? 1 : 0);
    }

    private void run() throws Exception {
        JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(Files.readString(options.schema()));
        int taken = 0;
        try (KafkaConsumer<String, String> consumer = consumer(); KafkaProducer<String, String> producer = producer()) {
            consumer.subscribe(List.of(options.topic()));
            while (taken < options.max()) {
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofSeconds(1))) {
                    if (taken < options.max()) {
                        takeIn(JSON.readTree(one.value()), schema, producer);
                        consumer.commitSync(Map.of(
                                new TopicPartition(one.topic(), one.partition()),
                                new OffsetAndMetadata(one.offset() + 1)));
                        taken++;
                    }
                }
            }
        }
        if (options.summary()) {
            System.out.println(JSON.writeValueAsString(summary()));
        }
    }

    private void takeIn(JsonNode record, JsonSchema schema, KafkaProducer<String, String> producer) throws Exception {
        Set<ValidationMessage> errors =
                schema.validate(record, context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
        errors.forEach(error -> System.err.println("not as the schema says: " + error.getMessage()));
        invalid += errors.size();
        if (!take(record)) {
            return;
        }
        if (!options.summary()) {
            System.out.println(JSON.writeValueAsString(record));
        }
        if (options.reports() != null) {
            work(record, producer);
            producer.flush();
        }
    }

    /** Keep the record unless a newer revision is already here. */
    private boolean take(JsonNode record) {
        Map<String, JsonNode> known = cases.computeIfAbsent(record.get("case_id").asText(), id -> new HashMap<>());
        JsonNode before = known.get(record.get("complaint_id").asText());
        if (before != null && before.get("revision").asInt() >= record.get("revision").asInt()) {
            return false;
        }
        known.put(record.get("complaint_id").asText(), record);
        return true;
    }

    /** The complaints of a case in its order, withdrawn ones left out. */
    private List<JsonNode> shown(String caseId) {
        List<JsonNode> list = new ArrayList<>(cases.get(caseId).values());
        list.removeIf(record -> record.get("kind").asText().equals("assignment.withdrawn"));
        list.sort(Comparator.comparingInt(record -> record.get("case_seq").asInt()));
        return list;
    }

    /** What the department does with a record. Yours are people who press buttons. */
    private void work(JsonNode record, KafkaProducer<String, String> producer) throws Exception {
        if (!record.get("responsible").asBoolean() || record.get("kind").asText().equals("assignment.withdrawn")) {
            return;
        }
        report(producer, record, "accepted", null);
        List<String> stored = new ArrayList<>();
        for (JsonNode one : record.path("attachments")) {
            if (one.get("state").asText().equals("stored")) {
                stored.add(one.get("attachment_id").asText());
            }
        }
        if (record.path("attachments").isEmpty()) {
            report(producer, record, "need-information", "请补充一张商品照片。");
        }
        if (!stored.isEmpty() && options.gateway() != null) {
            for (String attachmentId : stored) {
                file(attachmentId);
            }
            contact(record.get("case_id").asText(), "call back about the photo");
            report(producer, record, "answered", "照片已收到并核实，我们将为您办理退款。");
        }
    }

    private void contact(String caseId, String purpose) throws IOException, InterruptedException {
        if (!contacts.containsKey(caseId)) {
            String query = "?purpose=" + URLEncoder.encode(purpose, StandardCharsets.UTF_8);
            contacts.put(caseId, JSON.readTree(ask("/api/v1/cases/" + caseId + "/contact", query)));
        }
    }

    private void file(String attachmentId) throws IOException, InterruptedException {
        if (!files.containsKey(attachmentId)) {
            files.put(attachmentId, ask("/api/v1/attachments/" + attachmentId, ""));
        }
    }

    /** Ask the gateway, again after Retry-After where the answer says so. */
    private byte[] ask(String path, String query) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(options.gateway() + path + query))
                .header("Authorization", "Bearer " + System.getenv("DEPARTMENT_TOKEN"))
                .timeout(Duration.ofSeconds(30))
                .build();
        for (int attempt = 1; ; attempt++) {
            HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            String again = answer.headers().firstValue("retry-after").orElse(null);
            if (again == null || attempt == TRIES) {
                throw new IOException(answer.statusCode() + " of " + path);
            }
            Thread.sleep(Duration.ofSeconds(Long.parseLong(again)).toMillis());
        }
    }

    /** Report under an id made of case and status: sent twice it counts once. */
    private void report(KafkaProducer<String, String> producer, JsonNode record, String status, String words)
            throws IOException {
        String caseId = record.get("case_id").asText();
        String department = record.get("department").asText();
        String name = "java-example/" + department + "/" + caseId + "/" + status;
        String statusId = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
        if (!sent.add(statusId)) {
            return;
        }
        ObjectNode value = JSON.createObjectNode()
                .put("status_id", statusId)
                .put("case_id", caseId)
                .put("department", department)
                .put("status", status)
                .put("at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
                .put("by", "java-example");
        if (words != null) {
            value.put("text_for_customer", words);
        }
        producer.send(new ProducerRecord<>(options.reports(), caseId, JSON.writeValueAsString(value)));
    }

    private Map<String, Integer> summary() {
        int open = 0;
        int complaints = 0;
        int known = 0;
        for (String caseId : cases.keySet()) {
            int here = shown(caseId).size();
            open += here > 0 ? 1 : 0;
            complaints += here;
            known += cases.get(caseId).size();
        }
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("cases", open);
        counts.put("complaints", complaints);
        counts.put("withdrawn", known - complaints);
        counts.put("invalid", invalid);
        counts.put("files", files.size());
        counts.put("contacts", contacts.size());
        counts.put("reports", sent.size());
        return counts;
    }

    private KafkaConsumer<String, String> consumer() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", options.broker());
        properties.put("group.id", options.group());
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private KafkaProducer<String, String> producer() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", options.broker());
        properties.put("acks", "all");
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    private record Options(
            String broker, String topic, Path schema, String group, long max, boolean summary, String reports,
            String gateway) {
        static Options of(String[] arguments) {
            Map<String, String> named = new HashMap<>();
            List<String> places = new ArrayList<>();
            for (int at = 0; at < arguments.length; at++) {
                if (arguments[at].equals("--summary")) {
                    named.put("--summary", "yes");
                } else if (arguments[at].startsWith("--") && at + 1 < arguments.length) {
                    named.put(arguments[at], arguments[++at]);
                } else {
                    places.add(arguments[at]);
                }
            }
            if (places.size() != 2 || !named.containsKey("--schema")) {
                System.err.println("usage: Department BROKER TOPIC --schema FILE [--max N] [--reports TOPIC] …");
                System.exit(2);
            }
            return new Options(
                    places.get(0),
                    places.get(1),
                    Path.of(named.get("--schema")),
                    named.getOrDefault("--group", "example-department-java"),
                    Long.parseLong(named.getOrDefault("--max", String.valueOf(Long.MAX_VALUE))),
                    named.containsKey("--summary"),
                    named.get("--reports"),
                    named.get("--gateway"));
        }
    }
}
