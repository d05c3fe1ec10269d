package audit

import "strings"

// FirstParty names a Microsoft application by its application id. The id is public and says only which software a token
// was issued to: it never excuses a user's token.
func FirstParty(appid string) (name string, ok bool) {
	appid = strings.ToLower(appid)
	if name, ok = services[appid]; ok {
		return name, true
	}
	name, ok = clients[appid]
	return name, ok
}

// services act on their own, with tokens of their own.
var services = map[string]string{
	"797f4846-ba00-4fd7-ba43-dac1f8f63013": "Azure Resource Manager",
	"509e4652-da8d-478d-a730-e9d4a1996ca4": "Azure Resource Graph",
	"8cae6e77-e04e-42ce-b5cb-50d82bce26b1": "Azure Policy Insights",
	"abfa0a7c-a6b6-4736-8310-5855508787cd": "Azure App Service",
	"6a02c803-dafd-4136-b4c3-5a6f318b4714": "Azure App Service (Government)",
	"f3c21649-0979-4721-ac85-b0216b2cf413": "App Service Certificates",
	"e406a681-f3d4-42a8-90b6-c2b029497af1": "Azure Storage",
	"022907d3-0f1b-48f7-badc-1ba6abab6d66": "Azure SQL Database",
	"a232010e-820c-4083-83bb-3ace5fc29d0b": "Azure Cosmos DB",
	"57506a73-e302-42a9-b869-6f12d9ec29e9": "Azure Cosmos DB (Government)",
	"262044b1-e2ce-469f-a196-69ab7ada62d3": "Azure Backup",
	"579d9c9d-4c83-4efc-8124-7eba65ed3356": "Azure Compute",
	"205478c0-bd83-4e1b-a9d6-db63a3e1e1c8": "Azure Front Door",
	"d4631ece-daab-479b-be77-ccb713491fc0": "Azure Front Door",
	"ad0e1c7e-6d38-4ba4-9efd-0bc77ba9f037": "Azure Front Door (classic)",
	"8edd93e1-2103-40b4-bd70-6e34e586362d": "Microsoft Defender for Cloud",
	"cfa8b339-82a2-471a-a3c9-0fc0be7a4093": "Azure Key Vault",
}

// clients are software that people sign in to.
var clients = map[string]string{
	"c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure portal",
	"3686488a-04fc-4d8a-b967-61f98ec41efe": "Azure portal (Key Vault)",
	"04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
	"1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
	"872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
	"aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
}
