// Binds queries with Microsoft's own KQL parser.
//
// Standard input: {"tables": {table: {column: type}}, "queries": {name: text}}. Standard output, for every query:
// {name: {"problems": [{"code", "severity", "message", "line"}], "columns": [[name, type], ...]}}
"use strict";

require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

const input = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const answers = {};
for (const [name, text] of Object.entries(input.queries)) {
  answers[name] = bound(text, globals(input.tables));
}
process.stdout.write(JSON.stringify(answers));

function globals(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`);
    return new Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("azure", symbols));
}

function bound(text, state) {
  const code = KustoCode.ParseAndAnalyze(text, state);
  const problems = listed(code.GetDiagnostics()).map((found) => ({
    code: found.Code,
    severity: found.Severity,
    message: found.Message,
    line: text.slice(0, found.Start).split("\n").length,
  }));
  const made = code.ResultType?.Columns; // a query that can't be bound has no table as its result
  const columns = made ? listed(made).map((column) => [column.Name, column.Type.Name]) : [];
  return { problems, columns };
}

function listed(sequence) {
  const found = [];
  for (let index = 0; index < sequence.Count; index += 1) {
    found.push(sequence.getItem(index));
  }
  return found;
}
