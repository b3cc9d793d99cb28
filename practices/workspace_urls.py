"""Addresses of an officer's workspace, and of previews by a secret link."""

from django.urls import path

from practices import sheet_views, step_views, upkeep_views, workspace_views
from practices.files import views as file_views

app_name = "workspace"

urlpatterns = [
    path("workspace/", workspace_views.home, name="home"),
    path("workspace/submissions/new/", workspace_views.new, name="new"),
    path("workspace/submissions/import/", sheet_views.upload, name="import"),
    path("workspace/submissions/import/template/", sheet_views.template, name="import-template"),
    path("workspace/submissions/import/<slug:token>/", sheet_views.check, name="import-check"),
    path("workspace/submissions/<int:pk>/", workspace_views.submission, name="submission"),
    path("workspace/submissions/<int:pk>/check/", workspace_views.check, name="check"),
    path("workspace/submissions/<int:pk>/preview/", workspace_views.preview, name="preview"),
    path("workspace/submissions/<int:pk>/do/<slug:action>/", workspace_views.act, name="act"),
    path("workspace/submissions/<int:pk>/files/", file_views.files, name="files"),
    path("workspace/submissions/<int:pk>/files/<int:row>/", file_views.describe, name="file"),
    path("workspace/submissions/<int:pk>/files/<int:row>/do/<slug:action>/", file_views.act, name="act-file"),
    path("workspace/submissions/<int:pk>/<slug:step>/", step_views.step, name="step"),
    path("workspace/adoptions/new/", upkeep_views.propose_adoption, name="adopt"),
    path("workspace/files/<uuid:key>/consent/", file_views.consent, name="consent"),
    path("preview/<str:token>/files/<uuid:key>/<slug:rendition>/", file_views.serve_preview, name="preview-file"),
    path("preview/<str:token>/", workspace_views.shared_preview, name="shared-preview"),
]
