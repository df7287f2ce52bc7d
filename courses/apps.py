from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from accounts.models import Role
        from core import desk
        from courses import receivers  # noqa: F401  (connects the listeners)
        from courses.subjects import CourseKind
        from payments import subjects

        subjects.register(CourseKind())
        desk.register("Courses", "courses_desk:course_list", roles=(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER), group="Teaching", order=10)
