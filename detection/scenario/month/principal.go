package month

// principal is somebody the directory knows: a person, an application or a managed identity.
type principal struct {
	id string
	// application is the principal's own client id; empty for people, who borrow that of their tool.
	application string
	// name is the user principal name of a person, or what people call a workload.
	name string
	// resource is the ARM id a managed identity belongs to.
	resource string
	// roster says how much of the token older and newer parts of the service log: the list of claims grew over time.
	roster roster
	tenant string
}

// roster is how many claims of a token are logged.
type roster uint8

const (
	spare roster = iota
	usual
	full
)

func (p *principal) human() bool { return p.application == "" }

// tool is the software behind a request, as far as the log shows it.
type tool struct {
	// application is the client id of a tool for people; workloads come under their own.
	application string
	agent       string
	// version is the API version it asks for.
	version string
	// slow is the longest usual pause between two requests in seconds.
	slow float64
	// silent tools reuse a token from elsewhere and never provoke the challenge.
	silent bool
}

// First-party client applications, as Microsoft lists them.
const (
	portalBlade = "3686488a-04fc-4d8a-b967-61f98ec41efe"
	portalShell = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
	azureCLI    = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	powerShell  = "1950a258-227b-4e31-a9cf-717495945fc2"
	studioCode  = "aebc6443-996d-45c2-90f0-388ff96faa56"
)

const browserFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// tools for people. Which one somebody prefers is a habit; the version drifts with the months.
func browser(d dice) tool {
	agent := pick(d, []string{
		browserFirefox,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
	})
	return tool{application: portalBlade, agent: agent, version: "7.0", slow: 25, silent: true}
}

func commandLine(d dice) tool {
	return tool{application: azureCLI, agent: pick(d, []string{
		"AZURECLI/2.74.0 (DEB) azsdk-python-keyvault-secrets/4.10.0 Python/3.12.10 (Linux-6.8.0-60-generic-x86_64-with-glibc2.39)",
		"AZURECLI/2.75.0 (HOMEBREW) azsdk-python-keyvault-secrets/4.10.0 Python/3.12.11 (macOS-15.5-arm64-arm-64bit)",
		"AZURECLI/2.73.0 (MSI) azsdk-python-keyvault-secrets/4.10.0 Python/3.12.8 (Windows-11-10.0.26100-SP0)",
	}), version: "7.5", slow: 40}
}

func shell(d dice) tool {
	return tool{application: powerShell, agent: pick(d, []string{
		"AzurePowershell/Az14.1.0 Az.KeyVault/6.3.1 PSVersion/v7.5.1",
		"AzurePowershell/Az13.4.0 Az.KeyVault/6.3.0 PSVersion/v7.4.6",
	}), version: "7.6", slow: 30}
}

func editor(d dice) tool {
	return tool{application: studioCode, agent: "azsdk-js-keyvault-secrets/4.10.0 core-rest-pipeline/1.20.0 Node/22.15.1 OS/(x64-Windows_NT-10.0.26100)", version: "7.5", slow: 20}
}

// library is the SDK of a workload's language.
func library(d dice) tool {
	agent := pick(d, []string{
		"azsdk-net-Security.KeyVault.Secrets/4.8.0 (.NET 9.0.5; Ubuntu 24.04.2 LTS)",
		"azsdk-net-Security.KeyVault.Secrets/4.7.0 (.NET 8.0.16; Microsoft Windows 10.0.20348)",
		"azsdk-java-security-keyvault-secrets/4.9.4 (21.0.7; Linux; 6.6.92-azure)",
		"azsdk-python-keyvault-secrets/4.10.0 Python/3.12.10 (Linux-6.6.92-azure-x86_64-with-glibc2.36)",
		"azsdk-js-keyvault-secrets/4.10.0 core-rest-pipeline/1.20.0 Node/22.16.0 OS/(x64-Linux-6.6.92)",
		"azsdk-go-azsecrets/v1.4.0 (go1.24.4; linux)",
	})
	return tool{agent: agent, version: pick(d, []string{"7.4", "7.5", "7.6"}), slow: 0.4}
}

func software(agent, version string) tool { return tool{agent: agent, version: version, slow: 0.3} }
