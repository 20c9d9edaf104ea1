{{/* What a drill must see to be planned. */}}
{{- define "pooler.readRules" -}}
- { apiGroups: [''], resources: [pods], verbs: [get, list, watch] }
- { apiGroups: [apps], resources: [deployments, replicasets], verbs: [get, list, watch] }
- { apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [get, list, watch] }
{{- end }}
