// Package check looks at infra/ without Azure and without the Bicep compiler: syntax, module calls, outputs, symbols,
// resource types and properties against kept schemas, roles, secrets, app settings, saved queries and the workbook.
//
// It refuses to guess: what it cannot see it does not judge. It does not know types of expressions, whether an API
// version exists in a cloud, quotas, policy effects or anything that only a deployment shows; docs/deploying.md lists
// that. The real compiler, where it is installed, is run beside it and not replaced by it.
//
// Start reading at Run; each rule is a function in the file that its name suggests.
package check
