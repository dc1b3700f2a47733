using System.Text;

namespace ChatRelay.Settings;

/// <summary>docs/configuration.md, rendered from the settings themselves: `chatrelay-server settings` prints it, a test compares it.</summary>
internal static class SettingsPage
{
    public static string Render(SettingsCatalog catalog)
    {
        var page = new StringBuilder("""
            # Configuration

            Every setting is a variable of the environment, or a member of the same name in `chatrelay.json` (in the folder where the server starts,
            or where `CHATRELAY_CONFIG` says): `{ "CHATRELAY_PORT": 9000, "CHATRELAY_ROLES": ["api", "upkeep"] }`. The environment wins. An empty variable is an
            unset one. All of them are checked before anything starts; a wrong one, or a name that is not in this list, is one line that names it.

            This page is rendered from the code by `./chatrelay settings`. Names that begin with `CHATRELAY_TEST_` belong to the tests and are listed at the end.

            """);
        foreach (var options in catalog.Options)
        {
            page.Append($"\n## {options.Name[..^"Options".Length]}\n\n| Name | Default | Takes | Meaning |\n|---|---|---|---|\n");
            foreach (var setting in catalog.Settings.Where(setting => setting.Options == options))
                page.Append($"| `{setting.Name}` | {Default(setting)} | {Cell(SettingForm.Expected(setting))} | {Cell(setting.Says.Meaning)} |\n");
        }
        page.Append("""

            ## Tests

            | Name | Default | Takes | Meaning |
            |---|---|---|---|
            | `CHATRELAY_TEST_DATABASE` | — | a connection string | A PostgreSQL for the tests instead of the private one that they start; its login needs CREATEDB and CREATEROLE. |

            """);
        return page.ToString();
    }

    private static string Default(Setting setting) => SettingForm.Write(setting.Default) is { Length: > 0 } text ? $"`{text}`" : "—";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
