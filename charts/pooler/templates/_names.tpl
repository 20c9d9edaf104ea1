{{/* Names and labels. */}}

{{/* The name of a part, such as `pooler-api`: (dict "root" $ "part" "api"). */}}
{{- define "pooler.name" -}}
{{- $release := .root.Release.Name | trunc 40 | trimSuffix "-" -}}
{{- if contains "pooler" $release }}{{ $release }}{{ else }}{{ $release }}-pooler{{ end }}-{{ .part }}
{{- end }}

{{/* What tells a part's pods from all others, for selectors. Never changes. */}}
{{- define "pooler.selector" -}}
app.kubernetes.io/name: pooler
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "pooler.labels" -}}
{{ include "pooler.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "pooler.metadata" -}}
name: {{ include "pooler.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "pooler.labels" . | nindent 2 }}
{{- end }}

{{/* The labels of the service's own pods: drills leave them alone. */}}
{{- define "pooler.ownPodLabels" -}}
{{ include "pooler.selector" . }}
pooler.dev/drills: never
{{- end }}

{{- define "pooler.secretName" -}}
{{ .Values.auth.existingSecret | default (include "pooler.name" (dict "root" . "part" "auth")) }}
{{- end }}

{{/* The Secret with the token of the target's control port; empty when there is no such port. */}}
{{- define "pooler.controlSecretName" -}}
{{- if and .Values.target.enabled .Values.target.control.enabled }}
{{- .Values.target.control.existingSecret | default (include "pooler.name" (dict "root" . "part" "target-control")) }}
{{- end }}
{{- end }}

{{/* Where drills are allowed, as a JSON list. */}}
{{- define "pooler.drillNamespaces" -}}
{{- if and .Values.service.enabled .Values.drills.enabled -}}
{{ .Values.drills.namespaces | default (list .Release.Namespace) | uniq | toJson }}
{{- else -}}
[]
{{- end -}}
{{- end }}
