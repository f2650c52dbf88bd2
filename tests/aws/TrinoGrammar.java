import io.trino.grammar.sql.SqlBaseLexer;
import io.trino.grammar.sql.SqlBaseParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;

/**
 * Reads statements, one a line in base64, and writes what each of them is in Trino's own grammar, one a line:
 * the name of the rule ("StatementDefault" is a query), or "error: " and what is wrong.
 */
public final class TrinoGrammar {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line; (line = lines.readLine()) != null;) {
            var text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
            System.out.println(of(text).replace('\n', ' ').replace('\r', ' '));
        }
    }

    private static String of(String text) {
        var errors = new StringBuilder();
        var listener = new BaseErrorListener() {
            @Override
            public void syntaxError(Recognizer<?, ?> recognizer, Object symbol, int line, int column,
                    String message, RecognitionException error) {
                if (errors.length() == 0) {
                    errors.append("error: line ").append(line).append(':').append(column + 1).append(": ").append(message);
                }
            }
        };
        var lexer = new SqlBaseLexer(CharStreams.fromString(text));
        lexer.removeErrorListeners();
        lexer.addErrorListener(listener);
        var parser = new SqlBaseParser(new CommonTokenStream(lexer));
        parser.removeErrorListeners();
        parser.addErrorListener(listener);
        var statement = parser.singleStatement().statement();
        return errors.length() > 0 ? errors.toString() : statement.getClass().getSimpleName().replaceAll("Context$", "");
    }
}
