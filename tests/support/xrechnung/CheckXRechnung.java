import com.helger.diagnostics.error.level.EErrorLevel;
import com.helger.io.resource.FileSystemResource;
import com.helger.phive.api.execute.ValidationExecutionManager;
import com.helger.phive.api.executorset.ValidationExecutorSetRegistry;
import com.helger.phive.api.validity.IValidityDeterminator;
import com.helger.phive.en16931.EN16931Validation;
import com.helger.phive.xml.source.IValidationSourceXML;
import com.helger.phive.xml.source.ValidationSourceXML;
import com.helger.phive.xrechnung.XRechnungValidation;
import java.util.Locale;

/**
 * Checks invoices by the official rules of XRechnung 3.0 (CII): its schema, EN 16931 and KoSIT's Schematron.
 * Says of each file whether it is valid, and what is wrong with it: a line each, parted by tabs.
 */
final class CheckXRechnung {
    private CheckXRechnung() {}

    public static void main(String[] files) {
        var rules = new ValidationExecutorSetRegistry<IValidationSourceXML>();
        EN16931Validation.initEN16931(rules);
        XRechnungValidation.initXRechnung(rules);
        var official = rules.getOfID(XRechnungValidation.VID_XRECHNUNG_CII_302);
        for (String file : files) {
            var source = ValidationSourceXML.create(new FileSystemResource(file));
            var results = ValidationExecutionManager.executeValidation(
                    IValidityDeterminator.createDefault(), official, source);
            System.out.println(file + "\t" + (results.containsNoError() ? "valid" : "invalid"));
            for (var result : results) {
                for (var finding : result.getErrorList()) {
                    String words = finding.getErrorText(Locale.ENGLISH).replaceAll("\\s+", " ");
                    String level = finding.getErrorLevel().isGE(EErrorLevel.ERROR) ? "error" : "warning";
                    System.out.println(file + "\t" + level + "\t" + finding.getErrorID() + "\t" + words);
                }
            }
        }
    }
}
