import java.io.FileInputStream;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** {@code CheckPdf <flavour>,<flavour> <file>...}: one line a file and flavour with the rules broken; none keeps it. */
final class CheckPdf {
    private CheckPdf() {}

    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (int at = 1; at < arguments.length; at++) {
            for (String flavour : arguments[0].split(",")) {
                System.out.println(arguments[at] + "\t" + flavour + "\t" + broken(arguments[at], flavour));
            }
        }
    }

    private static String broken(String file, String name) throws Exception {
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
        var foundry = Foundries.defaultInstance();
        try (var bytes = new FileInputStream(file);
                var parser = foundry.createParser(bytes, flavour);
                var validator = foundry.createValidator(flavour, false)) {
            var rules = new TreeSet<String>();
            for (TestAssertion each : validator.validate(parser).getTestAssertions()) {
                if (each.getStatus() == TestAssertion.Status.FAILED) {
                    rules.add(each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber());
                }
            }
            return String.join(" ", rules);
        }
    }
}
