from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from accounts.models import Role
        from core import desk
        from courses import receivers  # noqa: F401  (connects the listeners)
        from courses.selectors.in_progress import courses_in_progress
        from courses.subjects import CourseKind
        from credits.transcripts.sources import register_source
        from payments import subjects

        subjects.register(CourseKind())
        register_source("courses", courses_in_progress)
        desk.register("Courses", "courses_desk:course_list", roles=(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER), group="Teaching", order=10)
