import java.io.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.*;
import javax.tools.*;

/**
 * Compiles programs that it reads from standard input, each by itself and in memory.
 *
 * Nothing of one compilation is kept for the next: every one has its own task, file manager and tables. Annotation
 * processors, which would run code, are off. After a failure of the compiler itself the server ends.
 */
public class CompileServer {
    static final class Source extends SimpleJavaFileObject {
        final String text;

        Source(String path, String text) {
            super(URI.create("string:///" + path), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignored) {
            return text;
        }

        @Override
        public boolean isNameCompatible(String name, Kind kind) {
            return kind == Kind.SOURCE;
        }
    }

    static final class Output extends SimpleJavaFileObject {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Output(String path) {
            super(URI.create("memory:///" + path), Kind.CLASS);
        }

        @Override
        public OutputStream openOutputStream() {
            return bytes;
        }
    }

    static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        final Map<String, Output> classes = new TreeMap<>();

        Memory(StandardJavaFileManager platform) {
            super(platform);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location where, String name, JavaFileObject.Kind kind, FileObject sibling) {
            String path = name.replace('.', '/') + ".class";
            return classes.computeIfAbsent(path, Output::new);
        }
    }

    static final List<String> OPTIONS = List.of(
        "-proc:none", "-g:none", "-nowarn", "-Xlint:none", "-implicit:none", "-encoding", "UTF-8",
        "-classpath", "/empty", "-sourcepath", "/empty", "-XDuseUnsharedTable=true");

    public static void main(String[] arguments) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        System.setOut(System.err);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        while (true) {
            int count;
            try {
                count = in.readInt();
            } catch (EOFException end) {
                return;
            }
            List<Source> sources = new ArrayList<>();
            for (int place = 0; place < count; place++) {
                String path = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                String text = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                if (path.endsWith(".java")) sources.add(new Source(path, text));
            }
            compile(compiler, sources, out);
            out.flush();
        }
    }

    static void compile(JavaCompiler compiler, List<Source> sources, DataOutputStream out) throws IOException {
        StringWriter messages = new StringWriter();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        int status;
        Map<String, Output> classes = Map.of();
        try (Memory memory = new Memory(compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8))) {
            boolean compiled = compiler.getTask(messages, memory, found, OPTIONS, null, sources).call();
            status = compiled ? 0 : 1;
            if (compiled) classes = memory.classes;
            for (Diagnostic<? extends JavaFileObject> each : found.getDiagnostics()) {
                if (each.getKind() == Diagnostic.Kind.ERROR) {
                    messages.write("line " + each.getLineNumber() + ": error: " + each.getMessage(Locale.ROOT) + "\n");
                }
                if (messages.getBuffer().length() > 4000) break;
            }
            if (!compiled && found.getDiagnostics().isEmpty()) status = 2;
        } catch (Throwable failure) {
            status = 2;
            messages.write(failure.toString());
        }
        out.writeInt(status);
        byte[] text = messages.toString().getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
        out.writeInt(classes.size());
        for (Map.Entry<String, Output> each : classes.entrySet()) {
            byte[] path = each.getKey().getBytes(StandardCharsets.UTF_8), bytes = each.getValue().bytes.toByteArray();
            out.writeInt(path.length);
            out.write(path);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
        if (status == 2) {
            out.flush();
            System.exit(1);
        }
    }
}
