from django.db import migrations, models


class Migration(migrations.Migration):
    """The name of a stored picture is longer than a bare digest."""

    dependencies = [
        ("recommender", "0006_measured_pace"),
    ]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="content_hash",
            field=models.CharField(max_length=100),
        )
        for name in ("embedding", "enrichmentfailure", "reading")
    ]
