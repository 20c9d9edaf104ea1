{{/* The environment of the service: libs/service/src/environment.ts says what each variable means. */}}

{{/* What api and worker both read. */}}
{{- define "pooler.serviceEnvironment" -}}
{{ include "pooler.redisEnvironment" . | trim }}
- name: POOLER_RETENTION
  value: {{ .Values.service.retention }}
# Which pod this is, so that a drill never takes it away.
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
{{- include "pooler.telemetryEnvironment" . }}
{{- end }}

{{/* Redis, with its password from the Secret in the URL: Kubernetes fills in $(REDIS_PASSWORD). */}}
{{- define "pooler.redisEnvironment" -}}
{{- if .Values.redis.enabled }}
- name: REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ include "pooler.secretName" . }}, key: redis-password } }
- name: REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "pooler.name" (dict "root" . "part" "redis") }}:6379
{{- else if .Values.redis.urlSecret }}
- name: REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.redis.urlSecret }}, key: url } }
{{- else }}
- name: REDIS_URL
  value: {{ .Values.redis.url | quote }}
{{- end }}
{{- end }}

{{- define "pooler.telemetryEnvironment" -}}
{{- with include "pooler.telemetryEndpoint" . }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{/* The endpoint as given, else the chart's collector, else its Jaeger, else nothing. */}}
{{- define "pooler.telemetryEndpoint" -}}
{{- if .Values.telemetry.endpoint }}
{{- .Values.telemetry.endpoint }}
{{- else if .Values.collector.enabled -}}
http://{{ include "pooler.name" (dict "root" . "part" "collector") }}:4318
{{- else if .Values.jaeger.enabled -}}
http://{{ include "pooler.name" (dict "root" . "part" "jaeger") }}:4318
{{- end }}
{{- end }}
